# What the scripts of this folder share. They need bash and curl, print what they find, and end with 1 at the first thing that is not as it should be.
set -euo pipefail
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

# One call with curl's arguments: status, head and body are kept for the next lines.
ask() { status=$(curl -sS -m 120 -o "$work/body" -D "$work/head" -w '%{http_code}' "$@"); }
body() { cat "$work/body"; }
header() { tr -d '\r' <"${2:-$work/head}" | awk -F ': ' -v name="$1" 'tolower($1) == tolower(name) { value = $2 } END { print value }'; }

# chat <base URL> <model> <more of curl's arguments>: one question.
chat() { ask "$1/chat/completions" -H 'content-type: application/json' -d "{\"model\":\"$2\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}" "${@:3}"; }

is() { # is <what> <wanted> <found>
  if [ "$2" = "$3" ]; then echo "ok    $1: $3"; else echo "WRONG $1: $3 (wanted $2)"; body 2>/dev/null || true; exit 1; fi
}
has() { # has <what> <part>: the body holds it
  if grep -q -- "$2" "$work/body"; then echo "ok    $1"; else echo "WRONG $1: no $2 in"; body; exit 1; fi
}
# An answer is kept when it is over, which may be a moment after its last byte was read.
from_cache() { "$@" && [ "$(header x-cache)" = HIT ]; }
until_true() { local tries=600; until "$@"; do tries=$((tries - 1)); [ "$tries" -gt 0 ] || { echo "WRONG gave up waiting: $*"; exit 1; }; sleep 0.1; done; }

# hold <n> <base URL> <model> <more of curl's arguments>: n long calls in the background, one file of heads each.
hold() {
  local i
  for i in $(seq "$1"); do
    curl -sS -m 120 -o "$work/answer.$i" -D "$work/held.$i" "$2/chat/completions" -H 'content-type: application/json' "${@:4}" \
      -d "{\"model\":\"$3\",\"user\":\"held-$i\",\"stream\":false,\"messages\":[{\"role\":\"user\",\"content\":\"Write a long story.\"}]}" &
  done
}
runs() { curl -sS "$1/admin/queue" | tr '{' '\n' | grep "\"priority\":$2,\"names\"" | grep -q "\"running_count\":$3,"; } # runs <base URL> <priority> <n>
one_was_interrupted() { local file; for file in "$work"/held.*; do [ "$(header x-gateway-attempts "$file")" = 2 ] && return; done; return 1; }
