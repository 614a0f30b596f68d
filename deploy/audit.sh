#!/usr/bin/env bash
# Are the packages those that were locked, and is any of them known to be vulnerable? Exit code 1 when not, and when nobody could tell.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "restoring by the locks"
dotnet restore --locked-mode --verbosity quiet
[ ! -f Gateway/packages.linux-x64.lock.json ] || dotnet restore Gateway -p:RuntimeIdentifier=linux-x64 --artifacts-path artifacts --locked-mode --verbosity quiet

vulnerable() { dotnet list "$1" package --vulnerable --include-transitive --format json; }

# A registry that tells nothing calls everything clean: a package of which the whole world knows better shows whether it can be asked at all.
control=$(mktemp -d)
trap 'rm -rf "$control"' EXIT
dotnet new console --output "$control" >/dev/null
dotnet add "$control" package Newtonsoft.Json --version 12.0.1 >/dev/null
if ! vulnerable "$control" | grep -q '"advisoryurl"'; then
  echo "*** not audited: this registry knows nothing of vulnerabilities (it calls Newtonsoft.Json 12.0.1 clean). Ask another one. ***"
  exit 1
fi

found=$(vulnerable Gateway.sln)
if grep -q '"advisoryurl"' <<<"$found"; then
  echo "$found"
  exit 1
fi
echo "no package of the solution is known to be vulnerable"
