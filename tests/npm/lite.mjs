// A Supabase API over real Postgres, for the tests: needs PORT, DATABASE_URL, JWT_SECRET, ANON_KEY and SERVICE_KEY.
import { serve } from '@hono/node-server'
import { App } from '@supabase/lite'
import { createPostgresConnection } from '@supabase/lite/postgres'

const { PORT, DATABASE_URL, JWT_SECRET, ANON_KEY, SERVICE_KEY } = process.env

// Where lite differs from Supabase: it hands JSON over as text, of which the driver would make a JSON string, and it
// answers with Postgres' own spelling of a time instead of RFC 3339's.
const serialize = (value) => (typeof value === 'string' ? value : JSON.stringify(value))
const types = {
  json: { to: 114, from: [114], serialize, parse: JSON.parse },
  jsonb: { to: 3802, from: [3802], serialize, parse: JSON.parse },
  timestamptz: { to: 1184, from: [1184], serialize: (time) => time, parse: (time) => new Date(time).toISOString() },
}

const app = new App({
  connection: createPostgresConnection({ url: DATABASE_URL, postgresOptions: { types, onnotice() {} } }),
  api: { schemas: ['public'] },
  auth: { enabled: true, jwt_secret: JWT_SECRET, publishable_key: ANON_KEY, secret_key: SERVICE_KEY },
})
await app.ensureSystemSchema()
await app.init()
// Supabase's gateway lets pages of every origin in, with any header; lite forgets the one that signs a user in.
async function answer(request, env) {
  const asked = request.headers.get('access-control-request-headers')
  const answer = asked === null
    ? await app.fetch(request, { peerAddress: env.incoming.socket.remoteAddress ?? null })
    : new Response(null, { status: 204 })
  const headers = new Headers(answer.headers)
  headers.set('access-control-allow-origin', '*')
  headers.set('access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
  headers.set('access-control-allow-headers', asked ?? '*')
  headers.set('access-control-expose-headers', '*')
  return new Response(answer.body, { status: answer.status, headers })
}

serve({ port: Number(PORT), hostname: '127.0.0.1', fetch: answer })
