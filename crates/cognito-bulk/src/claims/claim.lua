-- Claims a part of a job that is not finished, and that no worker holds.
--
-- KEYS: the job. ARGV: the number of parts, the digest of the work, the place of the worker's journals, and
-- the lease. Times are in microseconds of the server's clock.
local parts, work, place, lease = tonumber(ARGV[1]), ARGV[2], ARGV[3], tonumber(ARGV[4])

local function text(number) return string.format('%.0f', number) end

local known = redis.call('HMGET', KEYS[1], 'parts', 'work')
if known[1] and (tonumber(known[1]) ~= parts or known[2] ~= work) then return { 'other' } end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local found, best, before, number, earliest = nil, 0, nil, 0, nil
for part = 1, parts do
  local state = redis.call('HMGET', KEYS[1], part .. ':until', part .. ':place', part .. ':report', part .. ':fence')
  local held = tonumber(state[1]) or 0
  if not state[3] and held > now then
    earliest = math.min(earliest or held, held)
  elseif not state[3] then
    -- A part with a journal at this place is resumed, one without a journal elsewhere loses nothing.
    local rank = 2
    if state[2] then rank = 1 end
    if state[2] == place and place ~= '' then rank = 3 end
    if rank > best then
      found, best, before, number = part, rank, state[2], tonumber(state[4]) or 0
    end
  end
end
if not found then
  if earliest then return { 'busy', text(earliest - now) } end
  return { 'finished' }
end

-- Larger than those of a server that has lost its data, too.
local fence = text(math.max(now, number + 1))
redis.call('HSET', KEYS[1], 'parts', parts, 'work', work,
  found .. ':fence', fence, found .. ':place', place, found .. ':until', text(now + lease))
redis.call('PEXPIRE', KEYS[1], 2592000000)
if before then return { 'claimed', tostring(found), fence, before } end
return { 'claimed', tostring(found), fence }
