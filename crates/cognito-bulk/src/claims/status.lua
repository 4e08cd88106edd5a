-- Returns the state, the place and the report of each part.
--
-- KEYS: the job. ARGV: the number of parts.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local reply = {}
for part = 1, tonumber(ARGV[1]) do
  local state = redis.call('HMGET', KEYS[1], part .. ':until', part .. ':place', part .. ':report')
  local name = 'open'
  if state[3] then name = 'finished' elseif (tonumber(state[1]) or 0) > now then name = 'held' end
  reply[#reply + 1] = name
  reply[#reply + 1] = state[2] or ''
  reply[#reply + 1] = state[3] or ''
end
return reply
