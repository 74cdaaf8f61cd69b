import { describe, expect, it } from 'vitest';
import { briefFailure, failureText } from './failure-text.ts';

const failed = (stderr: string) => ({
  code: 'COMMAND_FAILED',
  message: 'command exited with code 3',
  details: { exitCode: 3, stderr },
});

describe('the text of a failure', () => {
  it('ends with the last line of stderr that tells something', () => {
    expect(failureText(failed('starting\npg_dump: error: connection refused\n\n'))).toBe(
      'command exited with code 3: pg_dump: error: connection refused',
    );
    expect(failureText(failed('Traceback\nValueError: bad row\n  hint: see the manual\n---\n'))).toContain(
      'ValueError: bad row',
    );
    expect(briefFailure(failed('boom'))).toBe('exit 3: boom');
  });

  it('has the line that another one announces, and one of stdout when stderr names no error', () => {
    expect(briefFailure(failed('error during build:\nx.ts: "a" is not exported\nfile: x.ts'))).toBe(
      'exit 3: error during build: x.ts: "a" is not exported',
    );
    const details = { exitCode: 3, stderr: 'starting', stdout: 'ERROR in x.ts\n1 of 2' };
    expect(briefFailure({ ...failed(''), details })).toBe('exit 3: ERROR in x.ts');
    expect(briefFailure({ ...failed(''), details: { ...details, stdout: '{"rows":1}' } })).toBe(
      'exit 3: starting',
    );
  });

  it('is the message alone where stderr says nothing, or the same', () => {
    expect(failureText(failed('\n--\n'))).toBe('command exited with code 3');
    expect(failureText({ code: 'HANDLER_FAILED', message: 'boom' })).toBe('boom');
    expect(failureText(failed('code 3\n'))).toBe('command exited with code 3');
  });

  it('stays in one line and steers no terminal', () => {
    expect(failureText(failed('\u001b[31mfatal: \u202eno\r\n'))).toBe(
      'command exited with code 3: ^[[31mfatal: <U+202E>no',
    );
  });
});
