-- Says of each budget since when, and without which calls, the books are to be asked; what these calls use is counted here meanwhile.
local answers = {}
reap()
local gen, seq = redis.call('HGET', tenant, 'gen'), redis.call('HGET', tenant, 'seq')
if not gen then return answers end
for i = 1, tonumber(nextArgument()) do
  local key, name = KEYS[tonumber(nextArgument())], nextArgument()
  local function field(part) return redis.call('HGET', key, name .. '|' .. part) end
  local start, watch = field('start'), field('watch')
  if not start or field('gen') == gen then
    answers[i] = { '' }
  elseif watch and string.sub(watch, 1, #gen + 1) == gen .. ':' and now - tonumber(field('wtime')) < 10000 then
    answers[i] = { watch, start, field('except') }
  else
    watch = gen .. ':' .. seq .. ':' .. text(now)
    local except = table.concat(redis.call('HKEYS', calls), ' ')
    redis.call('HSET', key, name .. '|watch', watch, name .. '|wseq', seq, name .. '|wtime', text(now), name .. '|except', except, name .. '|spent', '0')
    answers[i] = { watch, start, except }
  end
end
return answers
