import t from 'tap';
import { type Readiness, startAdmin } from '../../src/app/admin.js';

interface Asked {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

async function asked(port: number, path: string, method = 'GET'): Promise<Asked> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return { status: response.status, type: response.headers.get('content-type'), body: await response.text() };
}

t.test('health, readiness and metrics are told, nothing else, and nothing can be posted', async (t) => {
  let readiness: Readiness = 'not ready';
  let metrics = async (): Promise<string> => 'up 1\n';
  const registry = { contentType: 'text/plain; version=0.0.4', metrics: () => metrics() };
  const address = { host: '127.0.0.1', port: 0 };
  const admin = await startAdmin(address, { registry } as never, () => readiness);
  t.teardown(() => admin.close());
  const json = 'application/json; charset=utf-8';
  const { port } = admin;
  t.same(await asked(port, '/healthz'), { status: 200, type: json, body: '{"status":"ok"}' });
  t.same(await asked(port, '/readyz?now'), { status: 503, type: json, body: '{"status":"not ready"}' });
  readiness = 'draining';
  t.same(await asked(port, '/readyz'), { status: 503, type: json, body: '{"status":"draining"}' });
  readiness = 'ready';
  t.same(await asked(port, '/readyz'), { status: 200, type: json, body: '{"status":"ready"}' });
  t.same(await asked(port, '/readyz', 'HEAD'), { status: 200, type: json, body: '' });
  t.same(await asked(port, '/metrics'), { status: 200, type: registry.contentType, body: 'up 1\n' });
  metrics = async () => {
    throw new Error('4111111111111111');
  };
  const failed = await asked(port, '/metrics');
  t.equal(failed.status, 500);
  t.notMatch(failed.body, /4111111111111111/);
  t.equal((await asked(port, '/constructor')).status, 404);
  t.equal((await asked(port, '/healthz', 'POST')).status, 404);
  await t.rejects(
    startAdmin({ ...address, port }, { registry } as never, () => 'ready'),
    {
      message: new RegExp(`^admin: cannot listen on 127\\.0\\.0\\.1:${port} \\(`),
    },
  );
});
