#!/usr/bin/env bash
# Stands in for gcloud, kubectl, helm and node by the name it is called by: hands its words, and its input when a word
# asks for it, to the test that started it, and does what the test answers.
LC_ALL=C
exec 3<>"/dev/tcp/127.0.0.1/$STAND_IN_PORT"
input=
for word in "$@"; do
  if [ "$word" = - ]; then input=$(cat); fi
done
printf '%s\0' "$#" "${0##*/}" "$@" "$input" >&3
read -r code stays size <&3
IFS= read -r -N "$size" stdout <&3
printf '%s' "$stdout"
# Only a port-forward stays, until somebody ends it or the test closes the line.
if [ "$stays" = 1 ]; then exec cat <&3 >/dev/null; fi
cat <&3 >&2
exit "$code"
