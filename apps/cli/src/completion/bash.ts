import type { Flag, Node } from './tree.ts';
import { nodesOf } from './tree.ts';

/** The completion of bash: `source <(precedent completion bash)`. */
export const bashScript = (root: Node): string => {
  const nodes = nodesOf(root);
  return `# bash completion of precedent: source <(precedent completion bash)
_precedent() {
  local at="" word i words=""
  local cur=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    # What follows is another program's command line.
    if [[ $word == -- ]]; then compopt -o bashdefault -o default; return; fi
    case "$at $word" in
      ${nodes.slice(1).map(placeOf).map(quoted).join(' | ')}) at="$at $word" ;;
    esac
  done
  case "$at $before" in
${nodes.flatMap((node) => node.flags.flatMap((flag) => valueCase(node, flag))).join('\n')}
  esac
  case "$at" in
${nodes.map(wordsCase).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _precedent precedent
`;
};

/** How the script knows the node: its words, each after a space. */
export const placeOf = ({ words }: Pick<Node, 'words'>): string => words.map((word) => ` ${word}`).join('');

const quoted = (text: string): string => `"${text}"`;

const valueCase = (node: Node, { long, short, takesValue, values }: Flag): readonly string[] => {
  if (!takesValue) return [];
  const names = [long, ...(short === undefined ? [] : [short])].map((name) =>
    quoted(`${placeOf(node)} ${name}`),
  );
  const reply =
    values.length === 0 ? 'return' : `COMPREPLY=($(compgen -W "${values.join(' ')}" -- "$cur")); return`;
  return [`    ${names.join(' | ')}) ${reply} ;;`];
};

const wordsCase = (node: Node): string => {
  const names = [...node.commands.map(({ words }) => words.at(-1) ?? ''), ...node.values];
  const words = [...names, ...node.flags.map(({ long }) => long)].join(' ');
  return `    ${quoted(placeOf(node))}) words="${words}" ;;`;
};
