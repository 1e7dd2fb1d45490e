#!/usr/bin/env bash
# Installs the system packages that are missing, on Debian and Ubuntu: as root, or through sudo, saying
# which; where neither can be had it prints the command instead. Elsewhere it names what is needed.
#
#   scripts/packages.sh [run|bench]      (test needs the same packages as run)
set -euo pipefail

# What the window loads at run time: X11 and Wayland client libraries, the Vulkan loader and Mesa's drivers
# (its software renderer, lavapipe, among them, so that no GPU is needed).
packages=(
    build-essential pkg-config
    libvulkan1 mesa-vulkan-drivers
    libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2
    libxkbcommon0 libxkbcommon-x11-0
    libwayland-client0 libwayland-dev
)
if [ "${1:-run}" = bench ]; then
    # A window of its own for the frame times, and Python for the yardsticks.
    packages+=(xvfb xdotool python3 python3-venv)
fi

if ! command -v dpkg-query >/dev/null; then
    echo "This is neither Debian nor Ubuntu; shoespace needs the equivalents of: ${packages[*]}" >&2
    exit 0
fi

# A line for each installed package: its name, then what it provides (Ubuntu's renamed packages, as
# libx11-6t64, provide the old name).
installed=$(dpkg-query -W -f='${db:Status-Status} ${Package} ${Provides}\n' | sed -n 's/^installed / /p' | tr -d ',')
missing=()
for package in "${packages[@]}"; do
    grep -Fq -- " $package " <<<"${installed//$'\n'/ $'\n'} " || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

command=(apt-get install --yes --no-install-recommends "${missing[@]}")
echo "Missing system packages: ${missing[*]}" >&2
if [ "$(id -u)" = 0 ]; then
    as_root=(env)
elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
    echo "Installing them through sudo" >&2
else
    echo "Install them and try again:  sudo ${command[*]}" >&2
    exit 1
fi
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get update --quiet >&2
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" "${command[@]}" >&2
