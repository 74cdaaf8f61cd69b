import { isSettingName } from '@precedent/config';
import { keepFilesPrivate, reapAsInit, takeEnvironment } from '@precedent/processes';
import { processIo } from './io.ts';
import { runCli } from './run-cli.ts';

reapAsInit();
keepFilesPrivate();
const io = processIo(await takeEnvironment(isSettingName));
// What became of the last words is known only at the end.
process.once('exit', (code) => (process.exitCode = io.exitCode(code)));
process.exitCode = await runCli(process.argv.slice(2), io);
