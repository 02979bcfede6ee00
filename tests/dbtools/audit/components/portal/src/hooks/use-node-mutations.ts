import { supabase } from "../client";

export const share = (node: string) =>
  supabase
    .from('nodes_permissions')
    .insert({ node_id: node, access_type: 'public' });

export const rename = (node: string, name: string) => supabase.from("nodes").update({ name }).eq("id", node);

export const find = (code: string) => supabase.rpc('verify_claim_code', { p_code: code });

export const claim = (node: string, name: string) =>
  supabase.rpc(
    'claim_node',
    { p_node_id: node, p_name: name, p_max_parallel: 4 },
  );
