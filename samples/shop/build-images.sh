#!/usr/bin/env bash
# Builds the shop's images, offline: each service is published self-contained and put on a minimal root file system made
# of this machine's own C library; Redis is the distribution's package. Writes DIR/{catalog,cart,orders,frontend,redis}.tar
# (default artifacts/images/shop), ready for `proa image import`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
out=${1:-$root/artifacts/images/shop}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
. "$root/eng/images.sh"

declare -A projects=([catalog]=Catalog [cart]=Cart [orders]=Orders [frontend]=Frontend)
for name in "${!projects[@]}"; do
  echo "publishing ${projects[$name]}"
  dotnet publish "$here/${projects[$name]}" -c Release -v quiet --nologo -o "$work/$name"
done

# The .NET runtime is the same in each service: one layer that all four images share.
runtime=$work/runtime/app
mkdir -p "$runtime"
for file in "$work"/catalog/*; do
  base=$(basename "$file")
  for name in cart orders frontend; do
    cmp -s "$file" "$work/$name/$base" || continue 2
  done
  mv "$file" "$runtime/$base"
done
# The debugger's half of the runtime has no use in a container.
rm -f "$runtime"/{libmscordaccore.so,libmscordbi.so,libclrgcexp.so,createdump,libcoreclrtraceptprovider.so}
rootfs_with_libraries "$work/base" "$runtime"/*.so
for name in "${!projects[@]}"; do
  mkdir -p "$work/layer-$name/app"
  for file in "$work/$name"/*; do
    [ -e "$runtime/$(basename "$file")" ] || mv "$file" "$work/layer-$name/app/"
  done
  make_image "$out/$name.tar" "shop/$name:1" "[\"/app/${projects[$name]}\"]" "$work/base" "$work/runtime" "$work/layer-$name"
  echo "$out/$name.tar"
done

redis_root "$work/redis"
make_image "$out/redis.tar" "shop/redis:1" '["/usr/bin/redis-server"]' "$work/redis"
echo "$out/redis.tar"
