#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Builds the Flatpak and tries it, without Flathub and with the network shut off while it builds: the runtime is made of
# Debian 13 packages, so that GTK is of the age of the GNOME runtime's. README.md says more.
set -euo pipefail

usage ()
{
  cat <<'END'
Usage:
  flatpak/build-local.sh [--sources FOLDER]    the runtime, the build, then the application in its sandbox

  --sources FOLDER   where files lie that the manifest would download; they are told by their SHA-256, not by their names
  DEBIAN_MIRROR      in the environment, another mirror than deb.debian.org

Everything is made below _build/flatpak, with a Flatpak installation and a home folder of its own. The runtime is made
once: 2 GB and about 3 minutes.
END
}

root=$(cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
work=$root/_build/flatpak
id=io.github.limn_app.Limn
manifest=$root/flatpak/$id.yml
branch=$(sed -n "s/^runtime-version: '\(.*\)'$/\1/p" "$manifest")
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
arch=$(flatpak --default-arch)

say () { printf '%s\n' "$*" >&2; }
die () { say "build-local: $*"; exit 1; }

# What the SDK of GNOME has and the build or the application uses. The one image serves as SDK and as platform.
runtime_packages=(
  gcc libc6-dev meson ninja-build pkgconf cmake gettext python3
  appstream appstream-compose appstream-util desktop-file-utils
  libglib2.0-bin libglib2.0-dev libgdk-pixbuf-2.0-dev libgtk-4-dev libadwaita-1-dev
  libepoxy-dev libegl-dev libpng-dev libwebp-dev libjpeg-dev liblcms2-dev libsqlite3-dev zlib1g-dev
  libegl-mesa0 libgl1-mesa-dri
  adwaita-icon-theme fonts-dejavu-core librsvg2-common
)

check_tools ()
{
  local tool missing=()
  for tool in dbus-run-session eu-strip flatpak flatpak-builder gdbus mmdebstrap ostree python3 xvfb-run; do
    command -v "$tool" >/dev/null || missing+=("$tool")
  done
  [ ${#missing[@]} -eq 0 ] || die "missing: ${missing[*]}. On Debian: apt install --no-install-recommends" \
    "dbus elfutils flatpak-builder libglib2.0-bin mmdebstrap python3-minimal xauth xvfb"
}

# --- The runtime ----------------------------------------------------------------------------------------------------

make_runtime ()
{
  local tree=$work/tree kind stamp="$branch ${runtime_packages[*]}"

  if [ "$(cat -- "$work/runtime-made-of" 2>/dev/null)" = "$stamp" ]; then
    return
  fi
  say "Making the runtime from Debian 13"
  rm -rf -- "$tree" "$work/repo" "$work/user" "$work/runtime-made-of"
  mkdir -p -- "$tree/files"
  mkdir -p -- "$work/sources/debian"
  # A tar archive can be made without root too. Debian's source package of jansson holds, byte for byte, the archive that
  # the manifest names.
  # shellcheck disable=SC2016 # the $1 is the hook's
  (IFS=, && mmdebstrap --quiet --variant=apt --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/gir-1.0/*' \
    --include="${runtime_packages[*]}" \
    --customize-hook='chroot "$1" sh -c "mkdir /sources && cd /sources && apt-get -qq source --download-only jansson"' \
    --customize-hook="sync-out /sources '$work/sources/debian'" \
    trixie "$work/debian.tar" "deb $mirror trixie main" "deb-src $mirror trixie main")
  tar -x -f "$work/debian.tar" -C "$tree" --no-same-owner --no-same-permissions ./usr ./etc
  rm -f -- "$work/debian.tar"
  # A runtime is what appears as /usr; its etc appears as /etc.
  mv -- "$tree/etc" "$tree/usr/etc"
  find "$tree/usr" -perm /6000 -exec chmod a-s {} +

  ostree --repo="$work/repo" init --mode=archive-z2
  for kind in Sdk Platform; do
    printf '[Runtime]\nname=org.gnome.%s\nruntime=org.gnome.Platform/%s/%s\nsdk=org.gnome.Sdk/%s/%s\n' \
      "$kind" "$arch" "$branch" "$arch" "$branch" >"$tree/metadata"
    flatpak build-export --runtime --disable-fsync "$work/repo" "$tree" "$branch" >/dev/null
  done
  rm -rf -- "$tree"
  flatpak build-update-repo --no-update-appstream "$work/repo" >/dev/null
  flatpak --user remote-add --no-gpg-verify --if-not-exists local "$work/repo"
  flatpak --user install -y --noninteractive local "org.gnome.Platform//$branch" "org.gnome.Sdk//$branch"
  printf '%s\n' "$stamp" >"$work/runtime-made-of"
}

# --- The build ------------------------------------------------------------------------------------------------------

# gather_sources FOLDER...: lays the files of these folders that the manifest names where flatpak-builder looks before it
# downloads.
gather_sources ()
{
  flatpak-builder --show-manifest "$manifest" | python3 -c '
import hashlib, json, os, pathlib, shutil, sys

place = pathlib.Path(sys.argv[1]) / "downloads"
found = {}
for folder in sys.argv[2:]:
    for path in pathlib.Path(folder).rglob("*"):
        if path.is_file():
            found[hashlib.sha256(path.read_bytes()).hexdigest()] = path
for module in json.load(sys.stdin)["modules"]:
    for source in module["sources"]:
        if "sha256" not in source:
            continue
        target = place / source["sha256"] / os.path.basename(source["url"])
        if source["sha256"] in found and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found[source["sha256"]], target)
' "$work/sources" "$@"
}

build ()
{
  gather_sources "$work/sources/debian" "$@"
  if ! flatpak-builder --download-only --extra-sources="$work/sources" --state-dir="$work/state" \
    --force-clean "$work/build" "$manifest" >"$work/download.log" 2>&1; then
    cat -- "$work/download.log" >&2
    die "what the manifest names can neither be found nor be downloaded; see --sources"
  fi
  say "Building, without a network"
  # The commands of the build never have one; here nothing else asks for one either.
  if ! flatpak-builder --user --disable-rofiles-fuse --disable-updates --disable-download \
    --extra-sources="$work/sources" --state-dir="$work/state" --repo="$work/repo" \
    --force-clean "$work/build" "$manifest" >"$work/build.log" 2>&1; then
    tail -n 60 -- "$work/build.log" >&2
    die "the build failed: $work/build.log"
  fi
  flatpak --user install -y --noninteractive --reinstall local "$id" >/dev/null
}

# --- The application in its sandbox ---------------------------------------------------------------------------------

# run_in_sandbox COMMAND ARGUMENTS...
run_in_sandbox ()
{
  local command=$1
  shift
  flatpak run --user --command="$command" "$id" "$@"
}

newest_picture ()
{
  find "$pictures" -name '*.png' -newer "$1" -print -quit
}

# What the permissions in the manifest promise.
try_sandbox ()
{
  local interfaces

  run_in_sandbox test ! -e "$HOME/not-for-limn" || die "the sandbox sees the home folder"
  run_in_sandbox test -w "$pictures" || die "the sandbox cannot write into $pictures"
  interfaces=$(run_in_sandbox sh -c 'tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " \n"')
  [ "$interfaces" = lo ] || die "the sandbox has a network: $interfaces"
  say "Sandbox: sees Pictures/Limn, nothing else of the home folder, and no network"
}

try_cli ()
{
  run_in_sandbox limn-cli devices
  run_in_sandbox limn-cli generate --steps 4 -o "$pictures/cli.png" "a red house on a green hill at sunset"
  run_in_sandbox limn-cli verify "$pictures/cli.png"
}

try_window ()
{
  local started finished picture='' pid

  finished=$work/before-the-window
  touch -- "$finished"
  started=$(date +%s%N)
  flatpak run --user "$id" >"$work/limn.log" 2>&1 &
  pid=$!
  gdbus wait --session --timeout 60 "$id" || die "the application does not start: $(cat -- "$work/limn.log")"
  say "Window: its name is on the bus after $((($(date +%s%N) - started) / 1000000)) ms"
  # The same action as the button Paint, as the desktop would ask for it.
  gapplication action "$id" paint
  for _ in $(seq 120); do
    sleep 1
    picture=$(newest_picture "$finished")
    [ -z "$picture" ] || break
    kill -0 "$pid" 2>/dev/null || die "the application ended: $(cat -- "$work/limn.log")"
  done
  if command -v import >/dev/null; then import -window root "$work/window.png"; fi
  [ -n "$picture" ] || die "nothing was painted within 120 s: $(cat -- "$work/limn.log")"
  run_in_sandbox limn-cli info "$picture"
  gapplication action "$id" quit || true
  wait "$pid" || die "the application ended with an error: $(cat -- "$work/limn.log")"
  say "Painted in the sandbox: $picture"
}

# In a session of its own: display, bus, home folder.
try_all ()
{
  export HOME=$work/home XDG_RUNTIME_DIR=$work/run
  unset WAYLAND_DISPLAY XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_STATE_HOME
  pictures=$HOME/Pictures/Limn
  try_sandbox
  try_cli
  try_window
}

prepare_home ()
{
  rm -rf -- "${work:?}/home" "${work:?}/run"
  mkdir -p -- "$work/home/.config" "$work/home/Pictures"
  mkdir -m 700 -- "$work/run"
  # shellcheck disable=SC2016 # this file has variables of its own
  printf 'XDG_PICTURES_DIR="$HOME/Pictures"\n' >"$work/home/.config/user-dirs.dirs"
  touch -- "$work/home/not-for-limn"
}

sources=()
case ${1-} in
  '') ;;
  --sources) sources=("${2:?a folder}") ;;
  --inside) export FLATPAK_USER_DIR=$work/user; try_all; exit ;;
  -h | --help) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

check_tools
mkdir -p -- "$work"
export FLATPAK_USER_DIR=$work/user
make_runtime
build "${sources[@]}"
prepare_home
HOME=$work/home xvfb-run -a -s '-screen 0 1360x900x24' dbus-run-session -- "$root/flatpak/build-local.sh" --inside
