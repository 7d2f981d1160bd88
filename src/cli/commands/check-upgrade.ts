/** `millrace check-upgrade JOB --from FOLDER`: whether a changed job can go on from there, before anything stops. */

import { resolve } from 'node:path';

import { EngineError } from '../../base/index.ts';
import { checkUpgrade } from '../../control/index.ts';
import type { UpgradeReport } from '../../control/index.ts';
import { probeMachine } from '../../placement/index.ts';
import type { Command } from '../command.ts';
import { errorJson, errorStyle, errorText } from '../error-text.ts';
import { ExitCode } from '../exit-codes.ts';
import { existingFile, readConfig } from '../inputs.ts';
import { columnsOf } from '../io.ts';
import { styleOf } from '../style.ts';
import { upgradeLines } from '../upgrade-view.ts';

/** See the file header. Ends with 1 when the job cannot. */
export const command: Command = async (options, io) => {
  const url = existingFile(options.operands[0]!, 'the file of a job', io);
  const { from, allowNonRestoredState, parameters, parallelism } = options;
  if (from === undefined) {
    const expected = 'FOLDER, a savepoint or checkpoints, or `latest`';
    const got = 'nothing';
    throw new EngineError('ERR_CLI_VALUE', {
      option: '--from',
      expected,
      got,
      command: 'check-upgrade',
    });
  }
  const config = await readConfig(options, io);
  const release = io.capture((_, text) => io.stderr.write(text));
  let report: UpgradeReport;
  try {
    report = await checkUpgrade(url, config, probeMachine(), {
      from: from === 'latest' || from === 'latest-or-new' ? from : resolve(io.cwd, from),
      allowNonRestoredState,
      parameters,
      ...(parallelism === undefined ? {} : { parallelism }),
    });
  } finally {
    release();
  }
  if (options.json) {
    const problems = report.problems.map(({ uid, error }) => ({ uid, ...errorJson(error) }));
    io.stdout.write(`${JSON.stringify({ ...report, problems }, undefined, 2)}\n`);
  } else {
    const style = styleOf(io.stdout, io.env, options);
    const lines = upgradeLines(report, style, columnsOf(io.stdout));
    io.stdout.write(`${lines.join('\n')}\n`);
    const { paint } = styleOf(io.stderr, io.env, options);
    for (const { error } of report.problems) {
      io.stderr.write(errorText(error, errorStyle(io, paint, options.debug)));
    }
  }
  return report.compatible ? ExitCode.ok : ExitCode.failed;
};
