import { supabase } from "../client";

export async function submitJob(config: object, iterations: number) {
  const { data } = await supabase.functions.invoke<{ hash: string }>("config-upsert", { body: config });
  return supabase.functions.invoke(
    // config-fetch would be the other way round: supabase.functions.invoke('config-peek')
    `job-create`,
    { body: { hash: data?.hash, iterations } },
  );
}
