import { describe, expect, it } from 'vitest';
import { natsConfig } from './nats-config.ts';
import { natsFolder } from './nats-folder.ts';

const options = {
  folder: natsFolder('/data'),
  host: '127.0.0.1',
  port: 4_222,
  maxPayload: 8_388_608,
  syncAlways: true,
};

describe('natsConfig', () => {
  it('keeps everything in the data folder and syncs every write', () => {
    expect(natsConfig(options)).toMatchInlineSnapshot(`
      "# Written by precedent at every start: changes here are lost.
      listen: "127.0.0.1:4222"
      jetstream {
        store_dir: "/data/nats/store"
        sync_interval: always
      }
      max_payload: 8388608
      max_pending: 268435456
      pid_file: "/data/nats/nats-server.pid"
      ports_file_dir: "/data/nats"
      log_file: "/data/nats/nats-server.log"
      logfile_size_limit: 16777216
      logfile_max_num: 4
      "
    `);
  });

  it('asks for any port with 0, and leaves the sync to the system when it is switched off', () => {
    const text = natsConfig({ ...options, port: 0, syncAlways: false, host: '::1' });
    expect(text).toContain('listen: "[::1]:-1"');
    expect(text).not.toContain('sync_interval');
  });

  it('quotes what could break out of a text', () => {
    expect(natsConfig({ ...options, token: 'a"b\\c' })).toContain('authorization { token: "a\\"b\\\\c" }');
    expect(natsConfig({ ...options, user: 'ann', password: 'p' })).toContain(
      '{ user: "ann", password: "p" }',
    );
  });
});
