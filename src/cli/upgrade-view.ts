/** Whether a changed job can go on, as lines. Pure. */

import type { OperatorUpgrade, StateUpgrade, UpgradeReport } from '../control/index.ts';
import { count } from '../graph/index.ts';
import type { Paint, Style } from './style.ts';
import { cutText, padText, plainText, wrapText } from './text.ts';

const FATE = Math.max(...['restored', 'stateless', 'new', 'dropped'].map((fate) => fate.length));
const STATE_FATE = 'incompatible'.length;

/** A line an operator and a state, below each what is to be known of its fields; at most `columns` wide. */
export function upgradeLines(report: UpgradeReport, style: Style, columns: number): string[] {
  const { job, folder, checkpoint, operators, problems, compatible } = report;
  const { paint } = style;
  const name = plainText(job);
  const head = wrapText(`${name} from checkpoint ${checkpoint} in ${plainText(folder)}`, columns);
  const verdict = compatible
    ? `${name} can go on from there`
    : `${name} cannot go on from there: ${count(problems.length, 'problem')}`;
  return [
    ...head,
    ...operators.flatMap((operator) => operatorLines(operator, style, columns)),
    ...wrapText(verdict, columns).map(compatible ? paint.green : paint.red),
  ];
}

function operatorLines(operator: OperatorUpgrade, style: Style, columns: number): string[] {
  const { uid, name, fate, parallelism, states } = operator;
  const { paint, glyphs } = style;
  const { before, after } = parallelism;
  const subtasks =
    before !== undefined && after !== undefined && before !== after
      ? `, ${before} -> ${count(after, 'subtask')}`
      : '';
  const title = uid === name ? plainText(name) : `${plainText(name)} (uid ${plainText(uid)})`;
  const text = cutText(`${title}${subtasks}`, columns - FATE - 4, glyphs.cut);
  return [
    `  ${painted(paint, fate)(padText(fate, FATE))}  ${text}`,
    ...states.flatMap((state) => stateLines(state, style, columns)),
  ];
}

function stateLines(
  { name, kind, fate, notes }: StateUpgrade,
  style: Style,
  columns: number,
): string[] {
  const { paint, glyphs } = style;
  const text = cutText(`${plainText(name)}: ${kind}`, columns - STATE_FATE - 8, glyphs.cut);
  return [
    `      ${painted(paint, fate)(padText(fate, STATE_FATE))}  ${text}`,
    ...notes.flatMap(({ field, note }) =>
      wrapText(plainText(`${field}: ${note}`), Math.max(20, columns - 10)).map(
        (line) => `          ${paint.dim(line)}`,
      ),
    ),
  ];
}

function painted(paint: Paint, fate: OperatorUpgrade['fate'] | StateUpgrade['fate']): Paint['red'] {
  if (fate === 'incompatible') return paint.red;
  if (fate === 'restored' || fate === 'evolved') return paint.green;
  return fate === 'stateless' ? paint.dim : paint.yellow;
}
