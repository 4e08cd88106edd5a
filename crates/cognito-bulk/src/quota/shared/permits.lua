-- Issues evenly spaced permits of one rate to all programs that use the key.
--
-- KEYS: the state, and the permits that were returned.
-- ARGV: permits per second, permits wanted, 1 after throttling, then the constants of the rate, then
-- the permits that are returned. Moments and times are in microseconds of the server's clock.
local rate, wanted, throttled = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3] == '1'
local horizon, lateness = tonumber(ARGV[4]), tonumber(ARGV[5])
local cut_to, least, recovery = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local cut_interval = tonumber(ARGV[9])

local function text(number) return string.format('%.0f', number) end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'next', 'factor', 'since', 'cut')
local due, since, cut = tonumber(state[1]) or now, tonumber(state[3]) or now, tonumber(state[4])
local passed = math.max(0, now - since) / 1000000
local factor = math.min(1, (tonumber(state[2]) or 1) + passed * recovery)

-- Throttling shortly after a cut is of requests that were sent before it. A cut in the future is of a
-- clock that was set back.
if throttled and not (cut and cut <= now and now - cut < cut_interval) then
  factor, cut = math.max(factor * cut_to, least), now
end

for index = 10, #ARGV do
  if tonumber(ARGV[index]) > now then
    redis.call('ZADD', KEYS[2], ARGV[index], ARGV[index])
  end
end

local reply, interval = {}, 0
if wanted > 0 and rate > 0 then
  interval = 1000000 / (rate * factor)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', text(now))
  for _, moment in ipairs(redis.call('ZRANGE', KEYS[2], 0, wanted - 1)) do
    redis.call('ZREM', KEYS[2], moment)
    reply[#reply + 1] = moment
  end
  due = math.min(math.max(due, now - lateness), now + horizon + interval)
  while #reply < wanted and due < now + horizon do
    reply[#reply + 1] = text(due)
    due = due + interval
  end
end

redis.call('HSET', KEYS[1], 'next', text(due), 'factor', tostring(factor), 'since', text(now))
if cut then redis.call('HSET', KEYS[1], 'cut', text(cut)) end
-- A cut has recovered by then.
local lifetime = text(120000 + interval / 1000)
redis.call('PEXPIRE', KEYS[1], lifetime)
redis.call('PEXPIRE', KEYS[2], lifetime)
return { text(now), tostring(factor), text(math.max(0, due - now - horizon)), unpack(reply) }
