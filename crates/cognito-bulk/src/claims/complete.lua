-- Records that a part is finished, unless another worker has claimed it since.
--
-- KEYS: the job. ARGV: the part, its fencing number, and its report. The same request again changes nothing.
local part, fence, report = ARGV[1], ARGV[2], ARGV[3]
if redis.call('HGET', KEYS[1], part .. ':fence') ~= fence then return { 'lost' } end
redis.call('HSET', KEYS[1], part .. ':until', '0')
redis.call('HSETNX', KEYS[1], part .. ':report', report)
redis.call('PEXPIRE', KEYS[1], 2592000000)
return { 'held' }
