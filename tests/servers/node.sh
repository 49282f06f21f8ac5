# shellcheck shell=bash
# Sourced, with packages.sh. Foreign packages of npm for the tests, kept between runs in target/.

# Installs what package-lock.json in FROM names, exact versions with their digests, into PLACE: prepare_node FROM PLACE. What is
# there already is left as it is.
prepare_node() {
    local from=$1 place=$2
    install_packages nodejs npm || return 1
    mkdir -p "$(dirname "$place")"
    (
        flock 8
        cmp -s "$from/package-lock.json" "$place/installed.json" && exit 0
        rm -rf "$place"
        mkdir -p "$place" && cp "$from"/package*.json "$place" && cd "$place" &&
            npm ci --ignore-scripts --no-audit --no-fund --silent >&2 </dev/null ||
            { echo "servers: the npm packages of the tests cannot be installed" >&2; exit 1; }
        cp package-lock.json installed.json
    ) 8>"$place.lock"
}
