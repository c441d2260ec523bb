print("avatar")
