import { placeOf } from './bash.ts';
import type { Flag, Node } from './tree.ts';
import { nodesOf } from './tree.ts';

/** The completion of zsh: `source <(precedent completion zsh)`, or a file `_precedent` in the `fpath`. */
export const zshScript = (root: Node): string => {
  const nodes = nodesOf(root);
  return `#compdef precedent
# zsh completion of precedent: source <(precedent completion zsh)
_precedent() {
  local at="" word i
  local -a names flags
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    # What follows is another program's command line.
    if [[ $word == -- ]]; then shift i words; (( CURRENT -= i )); _normal; return; fi
    case "$at $word" in
      ${nodes
        .slice(1)
        .map((node) => `"${placeOf(node)}"`)
        .join('|')}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${nodes.flatMap((node) => node.flags.flatMap((flag) => valueCase(node, flag))).join('\n')}
  esac
  case "$at" in
${nodes.map(itemsCase).join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then _describe -o flag flags
  elif (( \${#names} )); then _describe command names
  else _files
  fi
}
if [[ $funcstack[1] == _precedent ]]; then _precedent "$@"; else compdef _precedent precedent; fi
`;
};

/** A word with its description, for `_describe`. */
const item = (name: string, description: string): string =>
  `'${name}:${description.replaceAll("'", "'\\''")}'`;

const valueCase = (node: Node, { long, short, takesValue, values, isPath }: Flag): readonly string[] => {
  if (!takesValue) return [];
  const names = [long, ...(short === undefined ? [] : [short])].map((name) => `"${placeOf(node)} ${name}"`);
  const reply = values.length > 0 ? `compadd -- ${values.join(' ')}` : isPath ? '_files' : '_message value';
  return [`    ${names.join('|')}) ${reply}; return ;;`];
};

const itemsCase = (node: Node): string => {
  const commands = node.commands.map(({ words, description }) => item(words.at(-1) ?? '', description));
  const names = [...commands, ...node.values.map((value) => item(value, value))].join(' ');
  const flags = node.flags.map(({ long, description }) => item(long, description)).join(' ');
  return `    "${placeOf(node)}") names=(${names}); flags=(${flags}) ;;`;
};
