-- Enters what the books said, unless the question has become void meanwhile.
local gen = redis.call('HGET', tenant, 'gen')
for i = 1, tonumber(nextArgument()) do
  local key, name, watch, spent = KEYS[tonumber(nextArgument())], nextArgument(), nextArgument(), nextArgument()
  if gen and redis.call('HGET', key, name .. '|watch') == watch and string.sub(watch, 1, #gen + 1) == gen .. ':' then
    redis.call('HINCRBY', key, name .. '|spent', spent)
    redis.call('HSET', key, name .. '|gen', gen)
    redis.call('HDEL', key, name .. '|watch', name .. '|wseq', name .. '|wtime', name .. '|except')
  end
end
return 1
