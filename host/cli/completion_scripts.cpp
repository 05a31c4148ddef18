#include "cli/completion_scripts.hpp"

namespace berth::cli {
namespace {

constexpr std::string_view kBash =
    R"SCRIPT(# bash completion of berth, printed by: berth completion bash

_berth() {
  local rest=${COMP_LINE:0:COMP_POINT} args=() lines=() line text piece i
  # Bash splits arguments at = and : too. What no blank separates is one argument.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    if ((${#args[@]} == 0)) || [[ $rest == [[:blank:]]* ]]; then
      rest=${rest#"${rest%%[![:blank:]]*}"}
      args+=("")
    fi
    ((i == COMP_CWORD)) && piece=$rest
    args[${#args[@]} - 1]+=$piece
    rest=${rest#"$piece"}
  done
  args=("${args[@]//[\\\"\']/}")
  mapfile -t lines < <("$1" __complete "${args[@]:1}" 2>/dev/null)
  # Readline replaces only what follows the last of these characters.
  local last=${args[${#args[@]} - 1]} before=
  [[ $COMP_WORDBREAKS == *:* && $last == *:* ]] && before=${last%"${last##*:}"}
  [[ $COMP_WORDBREAKS == *=* && ${last#"$before"} == *=* ]] && before=${last%"${last##*=}"}
  COMPREPLY=()
  for line in "${lines[@]}"; do
    text=${line:1}
    text=${text%%$'\t'*}
    text=${text#"$before"}
    [[ $text == *[[:blank:]\'\"\\\$\`\&\;\|\<\>\(\)\*\?]* ]] && printf -v text %q "$text"
    COMPREPLY+=("$text")
  done
  [[ ${#lines[@]} == 1 && ${lines[0]} == +* ]] && compopt -o nospace 2>/dev/null
  return 0
}

complete -F _berth berth
)SCRIPT";

constexpr std::string_view kZsh = R"SCRIPT(#compdef berth
# zsh completion of berth, printed by: berth completion zsh

_berth() {
  local -a lines ends more end_shown more_shown
  local line text shown
  lines=("${(@f)$(${(Q)words[1]} __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  for line in $lines; do
    text=${${line[2,-1]}%%$'\t'*}
    shown=$text
    [[ $line == *$'\t'?* ]] && shown="$text  -- ${line#*$'\t'}"
    if [[ $line == +* ]]; then
      more+=("$text"); more_shown+=("$shown")
    else
      ends+=("$text"); end_shown+=("$shown")
    fi
  done
  (( $#ends )) && compadd -l -d end_shown -a ends
  (( $#more )) && compadd -l -S '' -d more_shown -a more
  (( $#ends + $#more ))
}

if [[ ${funcstack[1]} == _berth ]]; then
  _berth "$@"
elif (( $+functions[compdef] )); then
  compdef _berth berth
fi
)SCRIPT";

constexpr std::string_view kFish =
    R"SCRIPT(# fish completion of berth, printed by: berth completion fish

function __berth_complete
    set -l args (commandline --tokenize --cut-at-cursor --current-process)
    set -l last (commandline --current-token --cut-at-cursor)
    $args[1] __complete $args[2..-1] "$last" 2>/dev/null | string sub --start 2
end

complete --command berth --no-files --arguments '(__berth_complete)'
)SCRIPT";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  if (shell == "bash") return kBash;
  if (shell == "zsh") return kZsh;
  return shell == "fish" ? kFish : std::string_view();
}

}  // namespace berth::cli
