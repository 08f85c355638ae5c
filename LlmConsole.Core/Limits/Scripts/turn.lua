-- Takes steps of many calls one after another, as if each came alone: an admission takes everything that its call may need, or nothing; a look
-- takes nothing; an ending gives back what a call held and counts what it used; a cancelled call has never been. Says of each admission and
-- look where its scopes stand. Scopes are read once and written once.
for _ = 1, tonumber(nextArgument()) do
  local step = nextArgument()
  if step == 'admit' or step == 'look' then admit(step == 'look') else finish(step == 'cancel') end
end

writeStates()
if #ended > 0 then
  redis.call('HDEL', calls, unpack(ended))
  redis.call('ZREM', leases, unpack(ended))
end
if #admitted > 0 then
  local leased = {}
  for i = 1, #admitted, 2 do
    table.insert(leased, text(now + lease))
    table.insert(leased, admitted[i])
  end
  redis.call('HSET', calls, unpack(admitted))
  redis.call('ZADD', leases, unpack(leased))
  redis.call('HSET', tenant, 'seq', text(seq), 'sums', text(seq) .. ' ' .. epoch)
  -- Once a second, and where calls are under way again: what is without any ceases to be, and its expiry with it.
  if isSummedUp or redis.call('ZCARD', leases) * 2 == #admitted then keep() end
end
return table.concat(reply, ' ')
