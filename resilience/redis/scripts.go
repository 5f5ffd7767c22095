package redis

import goredis "github.com/redis/go-redis/v9"

// scripts are what Redis does in one step each.
type scripts struct {
	take, beat, force, restore *goredis.Script
}

func newScripts() scripts {
	return scripts{
		take: goredis.NewScript(takeScript), beat: goredis.NewScript(beatScript),
		force: goredis.NewScript(forceScript), restore: goredis.NewScript(restoreScript),
	}
}

// takeScript takes events from all buckets of a key. ARGV: how many, then for each limit its name, its rate in events a
// microsecond and its burst. A bucket is two fields of the hash, its tokens and when it had them. It answers how many
// were taken, and the microseconds until there is one more. A time ahead is that of another server's clock.
const takeScript = `
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
local want = tonumber(ARGV[1])
local got, wait, keep = want, 0, 1000
local buckets, ahead = {}, false
for i = 2, #ARGV, 3 do
	local name, rate, burst = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
	local known = redis.call('HMGET', KEYS[1], name .. ' n', name .. ' t')
	local tokens = burst
	if known[1] and known[2] then
		local passed = math.max(now - tonumber(known[2]), 0)
		ahead = ahead or tonumber(known[2]) > now
		tokens = math.min(tonumber(known[1]) + passed * rate, burst)
	end
	got = math.min(got, math.floor(tokens + 0.000001))
	buckets[#buckets + 1] = {name, rate, burst, tokens}
end
got = math.max(got, 0)
local fields = {}
for _, b in ipairs(buckets) do
	local tokens = b[4] - got
	if got < want then
		wait = math.max(wait, math.ceil((1 - tokens) / b[2]))
	end
	keep = math.max(keep, math.ceil((b[3] - tokens) / b[2] / 1000) + 1000)
	fields[#fields + 1] = b[1] .. ' n'
	fields[#fields + 1] = string.format('%.9f', tokens)
	fields[#fields + 1] = b[1] .. ' t'
	fields[#fields + 1] = string.format('%.0f', now)
end
if #fields > 0 and (got > 0 or ahead) then
	redis.call('HSET', KEYS[1], unpack(fields))
	keep = math.max(keep, redis.call('PTTL', KEYS[1]))
	redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.min(keep, 5000000000)))
end
return {got, math.min(wait, 3000000000000)}
`

// beatScript notes that the process ARGV[1] is there, forgets those that weren't for ARGV[2] microseconds, and answers
// how many there are.
const beatScript = `
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - tonumber(ARGV[2])))
redis.call('PEXPIRE', KEYS[1], 60000)
return redis.call('ZCARD', KEYS[1])
`

// forceScript keeps what is forced. ARGV: the circuit, and its state or ”. The field ” says that the hash has not been
// lost, also when it holds no circuit.
const forceScript = `
redis.call('HSET', KEYS[1], '', '1')
if ARGV[2] == '' then
	return redis.call('HDEL', KEYS[1], ARGV[1])
end
return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
`

// restoreScript writes circuits and states (ARGV, in turn) where the hash has been lost, and answers the whole.
const restoreScript = `
if redis.call('HEXISTS', KEYS[1], '') == 0 then
	redis.call('HSET', KEYS[1], '', '1')
	for i = 1, #ARGV, 2 do
		redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
	end
end
return redis.call('HGETALL', KEYS[1])
`
