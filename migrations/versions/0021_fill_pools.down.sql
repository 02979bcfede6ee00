-- Nothing to take back: the columns go with the revision before.
select 1;
