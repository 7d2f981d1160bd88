/** `millrace plan JOB`: how the job would run, from the logical graph to the memory of each worker. */

import type { JobPlan } from '../../control/index.ts';
import { explainPlacement, shortageError } from '../../placement/index.ts';
import { renderPlan } from '../../plan/index.ts';
import type { Command } from '../command.ts';
import { errorStyle, errorText } from '../error-text.ts';
import { ExitCode } from '../exit-codes.ts';
import { planFile } from '../planned-job.ts';
import { styleOf } from '../style.ts';
import { warningText } from '../warnings.ts';

/** See the file header. Ends with 4 when the job does not fit. */
export const command: Command = async (options, io) => {
  const planned = await planFile(options.operands[0]!, options, io);
  const { graph, plan, placement } = planned;
  const { paint } = styleOf(io.stderr, io.env, options);
  switch (options.format) {
    case 'text':
      io.stdout.write(
        `${renderPlan(graph, plan, 'text')}\nPLACEMENT\n${explainPlacement(placement, plan)}`,
      );
      break;
    case 'json':
      io.stdout.write(`${JSON.stringify(document(planned), undefined, 2)}\n`);
      break;
    case 'mermaid':
    case 'dot':
      io.stdout.write(renderPlan(graph, plan, options.format));
  }
  // Those of the plan stand in its text; those of the configuration stand nowhere else.
  const untold = planned.warnings.slice(
    options.format === 'json' ? Infinity : plan.warnings.length,
  );
  for (const warning of untold) io.stderr.write(warningText(warning, paint, io.stderr));
  if (placement.fits) return ExitCode.ok;
  // On a terminal the text has just said so.
  if (options.format !== 'text' || !io.stdout.isTTY) {
    io.stderr.write(errorText(shortageError(placement), errorStyle(io, paint, options.debug)));
  }
  return ExitCode.shortage;
};

function document({ plan, placement, warnings }: JobPlan): Readonly<Record<string, unknown>> {
  return { job: plan.job, fits: placement.fits, warnings, plan, placement };
}
