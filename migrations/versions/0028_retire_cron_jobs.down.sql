select cron.schedule('mark-nodes-offline', '* * * * *', 'select public.mark_nodes_offline()');
select cron.schedule('reap-stale-chunks', '* * * * *', 'select public.reap_stale_chunks()');
select cron.schedule('cleanup-stale-data', '0 * * * *', 'select public.cleanup_stale_data()');
