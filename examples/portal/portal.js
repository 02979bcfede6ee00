// What a portal asks of the service, with the Supabase client. Each call returns its data or throws a Refusal.

const setting = (name) => document.querySelector(`meta[name="${name}"]`).content
const client = window.supabase.createClient(setting('supabase-url'), setting('supabase-key'))

// How many jobs are read at first, and more at each "older".
export const PAGE = 20
const COLUMNS = `id, status, total_iterations, completed_iterations, lost_iterations, access_type, result, error,
  created_at, completed_at, rotation_id, config:jobs_configs(config)`

// `message` and `hint` are for people, `code` is for programs: docs/reference/rpc.md has the codes of each function.
export class Refusal extends Error {
  constructor(message, hint = '', code = '') {
    super(message)
    this.hint = hint
    this.code = code
  }
}

export const unanswered = (error) => error.code === 'no_answer'
export const signedOut = (error) => error.code === 'not_signed_in'

async function ask(request) {
  const { data, error, status } = await request
  if (!error) return data
  if (error.name === 'AuthRetryableFetchError' || status === 0 || [502, 503, 504].includes(status)) {
    throw new Refusal('The service does not answer', 'Look whether you are online, and try again', 'no_answer')
  }
  if (status === 401 || error.name === 'AuthSessionMissingError') {
    throw new Refusal('You are signed in no more', 'Sign in again', 'not_signed_in')
  }
  if (error.code === 'invalid_credentials') {
    throw new Refusal('There is no account with this e-mail and password', 'Check both, or create an account', error.code)
  }
  // The functions put their stable code into `details`; other errors have one of Postgres' or of the API's in `code`.
  const code = /^[a-z_]+$/.test(error.details ?? '') ? error.details : error.code
  throw new Refusal(error.message || 'The service refuses this', error.hint ?? '', code)
}

export const onSession = (told) =>
  // In a task of its own: the client must not be called from within this callback.
  client.auth.onAuthStateChange((_, session) => setTimeout(told, 0, session?.user ?? null))

export const signIn = (email, password) => ask(client.auth.signInWithPassword({ email, password }))

// Whether the account can be used at once; if not, an e-mail asks for a confirmation.
export async function signUp(email, password) {
  return Boolean((await ask(client.auth.signUp({ email, password }))).session)
}

export const signOut = () => client.auth.signOut({ scope: 'local' })

// A call that is repeated with the same `requestId` makes no second job.
export const createJob = (config, iterations, access, requestId) =>
  ask(client.rpc('create_job', {
    p_config: config,
    p_iterations: iterations,
    p_access_type: access,
    p_request_id: requestId,
    // Results of strangers' nodes are checked: some chunks, drawn by lot, are computed twice.
    p_replication: access === 'public' ? 'spot' : 'none',
  }))

export const cancelJob = (job) => ask(client.rpc('cancel_job', { p_job_id: job }))
export const retryJob = (job) => ask(client.rpc('retry_job', { p_job_id: job }))

// The newest jobs first; row security leaves only one's own. One more than `number` says that there are older ones.
export const jobs = (number) =>
  ask(client.from('jobs').select(COLUMNS).order('created_at', { ascending: false }).order('id').limit(number + 1))

export const rotations = (user) => ask(client.from('rotations').select('id, name').eq('user_id', user).order('name'))
