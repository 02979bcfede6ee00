do $functions$
declare
  v text[];
begin
  foreach v slice 1 in array array[
    ['levenshtein(text, text)', 'integer'], ['levenshtein(text, text, integer, integer, integer)', 'integer'],
    ['levenshtein_less_equal(text, text, integer)', 'integer'], ['soundex(text)', 'text'], ['text_soundex(text)', 'text'],
    ['difference(text, text)', 'integer'], ['metaphone(text, integer)', 'text'], ['dmetaphone(text)', 'text'],
    ['dmetaphone_alt(text)', 'text'], ['daitch_mokotoff(text)', 'text[]']
  ] loop
    execute format(
      'create function %s returns %s language plpgsql immutable strict parallel safe as'
      ' $f$ begin raise exception ''the stand-in for fuzzystrmatch computes nothing'' using errcode = ''0A000''; end $f$',
      v[1], v[2]
    );
  end loop;
end
$functions$;
