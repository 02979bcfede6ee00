import { supabase } from "../client";

const url = "https://example.invalid/docs"; // not the start of a comment: rpc('from_a_comment')

export const jobs = () => supabase.from("jobs").select("id, status, jobs_configs!inner(config)");

export const rotations = Array.from(new Set([url])).map(() => supabase.from("rotations").select("id, script"));

export const picture = (id: string) => supabase.storage.from("pictures").download(id);

export const rows = (table: string) => supabase.from(table).select("*");

export const throughput = () => supabase.from("stats_hourly_throughput").select("*");
