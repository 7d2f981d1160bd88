/**
 * Names of the files of checkpoints, made and read here alone. All files of a job's checkpoints lie in one folder.
 *
 *     chk-000000000012.manifest          what completes checkpoint 12
 *     chk-000000000012-s3-0.state        state that subtask 3 wrote for it, first file
 *     chk-000000000032.numbers           numbers below 32 may have been used, by whatever is left where
 *     <name>.tmp                         being written
 *
 * Law (test/checkpoint/names.test.ts): `parseName` gives back what a name was made of; names of manifests sort as their
 * numbers do.
 */

/** What a name says. */
export interface CheckpointFile {
  readonly kind: 'manifest' | 'state';
  readonly checkpoint: number;
}

/** Ending of a file that is being written. */
export const TEMPORARY: string = '.tmp';

const NUMBERS = /^chk-(\d{12,16})\.numbers(?:\.tmp)?$/;
const NAME = /^chk-(\d{12,16})(?:\.manifest|-s\d+-\d+\.state)$/;

/** The file that completes a checkpoint. @param checkpoint an integer ≥ 0 */
export function manifestName(checkpoint: number): string {
  return `${prefixOf(checkpoint)}.manifest`;
}

/** A file of state. @param sequence counts the files that the subtask writes for this checkpoint, from 0 */
export function stateName(checkpoint: number, subtask: number, sequence: number): string {
  return `${prefixOf(checkpoint)}-s${subtask}-${sequence}.state`;
}

/** What a name says, also of a temporary file; undefined for files of others. */
export function parseName(name: string): CheckpointFile | undefined {
  const plain = name.endsWith(TEMPORARY) ? name.slice(0, -TEMPORARY.length) : name;
  const match = NAME.exec(plain);
  if (match === null) return undefined;
  const checkpoint = Number(match[1]);
  if (!Number.isSafeInteger(checkpoint)) return undefined;
  return { kind: plain.endsWith('.manifest') ? 'manifest' : 'state', checkpoint };
}

/** The file that says that numbers below `end` may have been used. */
export function numbersName(end: number): string {
  return `${prefixOf(end)}.numbers`;
}

/** The end of a name that {@link numbersName} gave, also of a temporary file; undefined for other files. */
export function parseNumbers(name: string): number | undefined {
  const match = NUMBERS.exec(name);
  return match === null ? undefined : Number(match[1]);
}

function prefixOf(checkpoint: number): string {
  return `chk-${String(checkpoint).padStart(12, '0')}`;
}
