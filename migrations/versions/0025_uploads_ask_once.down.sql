alter policy "Users upload rotation images" on storage.objects
with check (bucket_id = 'rotation-images' and (storage.foldername(name))[1] = auth.uid()::text);
