/** Finds which values the text of a helm template reads. It reads text, and never decides what a branch would do. */

/** One use of values: of everything at a path and below it. The empty path is all values. */
export type ValueRead = {
  readonly path: readonly string[];
  readonly line: number;
  /** True where the template is ready for the value to be absent, as in `hasKey .Values "x"` and `dig`. */
  readonly mayBeAbsent: boolean;
};

/** An action of a template, without the text around it, and the line that it starts on. */
export type Action = { readonly text: string; readonly line: number };

const COMMENT = /\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/y;
const ACTION = /\{\{(?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^}"`]|\}(?!\}))*\}\}/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|`[^`]*`/g;
const ARGUMENT = String.raw`\(?[$.\w]*$`;
const INDEXED = new RegExp(String.raw`\b(?:index|get|hasKey)\s+${ARGUMENT}`);
const ASKED = new RegExp(String.raw`\bhasKey\s+${ARGUMENT}`);
const DUG = new RegExp(String.raw`\bdig((?:\s+"[^"]*")+)(\s+[^\s"]+)?\s+${ARGUMENT}`);

/**
 * All uses of values in a template. A path ends where it is no longer written out: what is handed on whole, ranged over
 * or indexed by a variable counts as used whole.
 */
export function valueReads(template: string): ValueRead[] {
  return actionsOf(template).flatMap(({ text, line }) => {
    const strings = [...text.matchAll(STRING)].map(({ index, 0: match }) => ({
      first: index,
      last: index + match.length,
    }));
    return [...text.matchAll(/\.Values\b((?:\.[A-Za-z_]\w*)*)/g)]
      .filter(({ index }) => !strings.some(({ first, last }) => first <= index && index < last))
      .map(({ index, 0: match, 1: chain = "" }) => {
        const [before, after] = [text.slice(0, index), text.slice(index + match.length)];
        const subchart = /\.Subcharts\.([A-Za-z_]\w*)$/.exec(before)?.slice(1) ?? [];
        const path = [...subchart, ...chain.split(".").slice(1), ...writtenBelow(before, after)];
        return { path, line: line + countLines(before), mayBeAbsent: ASKED.test(before) || DUG.test(before) };
      });
  });
}

/** Keys in strings: `index .Values.api "image" "tag"`, `get .Values "api"`, `dig "image" "tag" "" .Values.api`. */
function writtenBelow(before: string, after: string): string[] {
  if (INDEXED.test(before)) return stringsIn(/^(?:\s+"[^"]*")+/.exec(after)?.[0] ?? "");
  const [, keys, other] = DUG.exec(before) ?? [];
  // The last argument before the values is what dig gives where there is nothing, and no key.
  return keys === undefined ? [] : stringsIn(keys).slice(0, other === undefined ? -1 : undefined);
}

function stringsIn(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"/g)].map(([, string = ""]) => string);
}

/** Cuts the actions out of a template; comments are left out. */
export function actionsOf(template: string): Action[] {
  const actions: Action[] = [];
  for (let at = template.indexOf("{{"); at !== -1;) {
    COMMENT.lastIndex = ACTION.lastIndex = at;
    const comment = COMMENT.exec(template)?.[0];
    const text = comment ?? ACTION.exec(template)?.[0] ?? "{{";
    if (comment === undefined) actions.push({ text, line: 1 + countLines(template.slice(0, at)) });
    at = template.indexOf("{{", at + text.length);
  }
  return actions;
}

function countLines(text: string): number {
  return text.split("\n").length - 1;
}
