-- Extends the claim of a part, unless another worker has claimed it since.
--
-- KEYS: the job. ARGV: the part, its fencing number, and the lease in microseconds; 0 releases the part.
local part, fence, lease = ARGV[1], ARGV[2], tonumber(ARGV[3])
local state = redis.call('HMGET', KEYS[1], part .. ':fence', part .. ':report')
if state[1] ~= fence or state[2] then return { 'lost' } end
local time = redis.call('TIME')
local held = lease > 0 and time[1] * 1000000 + time[2] + lease or 0
redis.call('HSET', KEYS[1], part .. ':until', string.format('%.0f', held))
redis.call('PEXPIRE', KEYS[1], 2592000000)
return { 'held' }
