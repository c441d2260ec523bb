#!/bin/sh
# Looks for the libraries that the build needs (pkg-config knows where they are), installs what is
# missing, when it may, and prints the exact line when it may not. Quiet when everything is there.
set -eu

# What pkg-config calls each, and its packages in Debian and Ubuntu, Fedora, Arch.
libraries="
zlib           zlib1g-dev        zlib-devel              zlib
libdeflate     libdeflate-dev    libdeflate-devel        libdeflate
libcrypto      libssl-dev        openssl-devel           openssl
libpng         libpng-dev        libpng-devel            libpng
libjpeg        libjpeg-dev       libjpeg-turbo-devel     libjpeg-turbo
libavcodec     libavcodec-dev    libavcodec-free-devel   ffmpeg
libavformat    libavformat-dev   libavformat-free-devel  ffmpeg
libavutil      libavutil-dev     libavutil-free-devel    ffmpeg
libswscale     libswscale-dev    libswscale-free-devel   ffmpeg
"

# Prints "apt", "dnf", "pacman" or nothing: by what the system says it is or is like.
package_manager() {
  names=""
  if [ -r "${OS_RELEASE:-/etc/os-release}" ]; then
    # shellcheck source=/dev/null
    names=$(. "${OS_RELEASE:-/etc/os-release}" && echo "${ID:-} ${ID_LIKE:-}")
  fi
  for name in $names; do
    case "$name" in
      debian | ubuntu) echo apt; return ;;
      fedora | rhel | centos) echo dnf; return ;;
      arch | archlinux) echo pacman; return ;;
    esac
  done
}

# Adds words to `packages` that are not in it yet.
add() {
  case " $packages " in
    *" $1 "*) ;;
    *) packages="${packages:+$packages }$1" ;;
  esac
}

manager=$(package_manager)
missing=""
packages=""
if ! command -v pkg-config >/dev/null 2>&1; then
  missing="pkg-config"
  case "$manager" in
    apt) add pkg-config ;;
    dnf) add pkgconf-pkg-config ;;
    pacman) add pkgconf ;;
  esac
fi

while read -r library debian fedora arch; do
  if [ -z "$library" ] || pkg-config --exists "$library" 2>/dev/null; then
    continue
  fi
  missing="${missing:+$missing }$library"
  case "$manager" in
    apt) add "$debian" ;;
    dnf) add "$fedora" ;;
    pacman) add "$arch" ;;
  esac
done <<EOF
$libraries
EOF

if [ -n "$missing" ]; then
  case "$manager" in
    apt) line="apt-get install -y --no-install-recommends $packages" ;;
    dnf) line="dnf install -y $packages" ;;
    pacman) line="pacman -S --needed --noconfirm $packages" ;;
    *)
      echo "libraries are missing; install for development: $missing" >&2
      exit 69
      ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    sudo=""
  elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    sudo="sudo"
  else
    echo "libraries are missing ($missing); run:  sudo $line" >&2
    exit 69
  fi
  echo "installing: $packages"
  # Lists of packages may be older than the packages, or absent as in fresh containers.
  if [ "$manager" = apt ]; then
    export DEBIAN_FRONTEND=noninteractive
    $sudo apt-get update -qq
  fi
  # shellcheck disable=SC2086 # words of a command
  $sudo $line >/dev/null
fi

if ! command -v swift >/dev/null 2>&1; then
  echo "no Swift toolchain in PATH; install Swift 6.0 or later from https://www.swift.org/install/linux" >&2
  exit 69
fi
