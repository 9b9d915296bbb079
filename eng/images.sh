# Functions that build container images from folders, with no daemon and no registry. Sourced by the scripts that need them.

# rootfs_with_libraries DIR FILE...: a minimal root file system in DIR that can run programs which need these libraries:
# what `ldd` names, the TLS libraries that .NET loads by name, users, CA certificates and a writable /tmp.
rootfs_with_libraries() {
  local dir=$1; shift
  mkdir -p "$dir"/{etc/ssl/certs,tmp,lib64,usr/bin}
  chmod 1777 "$dir/tmp"
  echo 'root:x:0:0:root:/:/bin/sh' > "$dir/etc/passwd"
  echo 'root:x:0:' > "$dir/etc/group"
  echo 'hosts: files dns' > "$dir/etc/nsswitch.conf"
  cp -L /etc/ssl/certs/ca-certificates.crt "$dir/etc/ssl/certs/" 2>/dev/null || true
  local libraries
  libraries=$({ ldd "$@" 2>/dev/null | grep -oE '/[^ ()]+\.so[^ ()]*' | grep -vF "$(dirname "$1")/" || true
    ldconfig -p | grep -oE '/[^ ]*lib(ssl|crypto|nss_dns|nss_files|resolv)\.so\.[23]$' || true; } | sort -u)
  local library
  for library in $libraries; do
    mkdir -p "$dir$(dirname "$library")"
    cp -L "$library" "$dir$library"
  done
}

# redis_root DIR: a root file system with the distribution's redis-server, taken from its package without installing it.
redis_root() {
  local dir=$1 unpacked
  unpacked=$(mktemp -d)
  if command -v redis-server >/dev/null; then
    mkdir -p "$unpacked/usr/bin"
    cp -L "$(command -v redis-server)" "$unpacked/usr/bin/redis-server"
  else
    (cd "$unpacked" && apt-get download -q redis-server redis-tools \
        $(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances redis-tools \
          | grep -E '^lib(jemalloc|lzf|lua|atomic|hiredis|systemd)' | sort -u) >/dev/null
      for deb in *.deb; do dpkg-deb -x "$deb" .; done)
  fi
  LD_LIBRARY_PATH=$(dirname "$(find "$unpacked" -name 'libjemalloc*' | head -1)" 2>/dev/null || true) \
    rootfs_with_libraries "$dir" "$unpacked/usr/bin/redis-server"
  cp -L "$unpacked/usr/bin/redis-server" "$dir/usr/bin/redis-server"
  # Libraries that came with the package and are not on this machine.
  find "$unpacked" -name '*.so*' \( -type f -o -type l \) -exec cp -L -n -t "$dir/lib64" {} + 2>/dev/null || true
  mkdir -p "$dir/data"
  rm -rf "$unpacked"
}

# make_image FILE.tar NAME ENTRYPOINT-JSON LAYER-DIR...: a docker-archive; the same folder gives the same layer, bit by bit,
# so that images which share a folder share the layer. Set IMAGE_ENV to a JSON list for variables.
make_image() {
  local file=$1 name=$2 entrypoint=$3; shift 3
  local stage diffs='' layers='' layer digest tarball
  stage=$(mktemp -d)
  for layer in "$@"; do
    tarball=$stage/layer.tar
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$layer" -cf "$tarball" .
    digest=$(sha256sum "$tarball" | cut -d' ' -f1)
    mv "$tarball" "$stage/$digest.tar"
    diffs="$diffs${diffs:+,}\"sha256:$digest\""
    layers="$layers${layers:+,}\"$digest.tar\""
  done
  cat > "$stage/config" <<JSON
{"architecture":"$(image_arch)","os":"linux","config":{"Env":${IMAGE_ENV:-[\"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\"]},"Entrypoint":$entrypoint,"Cmd":${IMAGE_CMD:-null},"WorkingDir":"/"},"rootfs":{"type":"layers","diff_ids":[$diffs]},"history":[]}
JSON
  digest=$(sha256sum "$stage/config" | cut -d' ' -f1)
  mv "$stage/config" "$stage/$digest.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":[%s]}]' "$digest" "$name" "$layers" > "$stage/manifest.json"
  tar -C "$stage" -cf "$file" manifest.json "$digest.json" $(cd "$stage" && ls *.tar | sort)
  rm -rf "$stage"
}

# busybox_image FILE.tar NAME: the distribution's static busybox with a link for each of its programs.
busybox_image() {
  local dir
  dir=$(mktemp -d)
  mkdir -p "$dir"/{bin,etc,tmp,root}
  chmod 1777 "$dir/tmp"
  cp "$(command -v busybox)" "$dir/bin/busybox"
  local program
  for program in $("$dir/bin/busybox" --list); do
    [ "$program" = busybox ] || ln -sf busybox "$dir/bin/$program"
  done
  echo 'root:x:0:0:root:/root:/bin/sh' > "$dir/etc/passwd"
  echo 'root:x:0:' > "$dir/etc/group"
  IMAGE_CMD='["sh"]' make_image "$1" "$2" null "$dir"
  rm -rf "$dir"
}

image_arch() { case $(uname -m) in aarch64) echo arm64 ;; *) echo amd64 ;; esac; }
