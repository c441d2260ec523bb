#!/bin/sh
# Installs the Debian packages that the build needs, when it may, and prints the exact line when
# it may not. Quiet when everything is there.
set -eu

packages="pkg-config zlib1g-dev libdeflate-dev libssl-dev libpng-dev libjpeg62-turbo-dev libavcodec-dev libavformat-dev libavutil-dev libswscale-dev"

missing=""
for package in $packages; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  case "$status" in
    *"install ok installed"*) ;;
    *) missing="$missing $package" ;;
  esac
done

if [ -n "$missing" ]; then
  line="apt-get install -y --no-install-recommends$missing"
  if [ "$(id -u)" = 0 ]; then
    sudo=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
  else
    echo "missing Debian packages; run:  sudo $line" >&2
    exit 69
  fi
  echo "installing:$missing"
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq
  $sudo $line >/dev/null
fi

if ! command -v swift >/dev/null 2>&1; then
  echo "no Swift toolchain in PATH; install Swift 6.0 or later from https://www.swift.org/install/linux" >&2
  exit 69
fi
