package redis

// The scripts. They are sent as they are: Redis knows them by their digest and
// compiles each once. "Mine" is a lease with the caller's nonce.
const (
	// scriptLease takes a lease, or renews it.
	//	KEYS lease  ARGV nonce, epoch, instance, TTL in ms
	//	→ 2 taken: what it knew of an image is gone, 1 renewed, 0 another's
	scriptLease = `
local l = redis.call('HMGET', KEYS[1], 'nonce', 'epoch')
local taken = 1
if l[1] ~= ARGV[1] then
  if l[1] and l[2] >= ARGV[2] then return 0 end
  taken = 2
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'nonce', ARGV[1], 'epoch', ARGV[2], 'instance', ARGV[3])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return taken`

	// scriptWithdraw ends a lease, and says for a while that it was withdrawn.
	//	KEYS lease  ARGV nonce, TTL in ms  → 1 done, 0 not mine
	scriptWithdraw = `
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'gone', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1`

	// scriptBegin begins a snapshot.
	//	KEYS lease  ARGV nonce, incarnation  → 1 done, 0 not mine
	scriptBegin = `
if redis.call('HGET', KEYS[1], 'nonce') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'next', ARGV[2])
return 1`

	// scriptIndex adds to the index of an incarnation that is current or next. A
	// current one has to be at one of two numbers: the last that was confirmed, or
	// the one whose confirmation may have been lost.
	//	KEYS lease, index  ARGV nonce, incarnation, number, number, entries…
	//	→ 1 done, 0 not mine, of another incarnation, or fallen back
	scriptIndex = `
local l = redis.call('HMGET', KEYS[1], 'nonce', 'current', 'next', 'seq')
if l[1] ~= ARGV[1] then return 0 end
if l[3] ~= ARGV[2] and (l[2] ~= ARGV[2] or (l[4] ~= ARGV[3] and l[4] ~= ARGV[4])) then return 0 end
if #ARGV > 4 then redis.call('SADD', KEYS[2], unpack(ARGV, 5)) end
return 1`

	// scriptSettle notes the number of an update whose rows are written, and makes
	// an incarnation that was next the current one.
	//	KEYS lease  ARGV nonce, incarnation, number
	//	→ 1 done, 0 not mine, or of another incarnation
	scriptSettle = `
local l = redis.call('HMGET', KEYS[1], 'nonce', 'current', 'next')
if l[1] ~= ARGV[1] then return 0 end
if l[3] == ARGV[2] then
  redis.call('HDEL', KEYS[1], 'next')
elseif l[2] ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], 'current', ARGV[2], 'seq', ARGV[3])
return 1`

	// scriptFence lets the master with the highest term begin to sweep.
	//	KEYS term, lock  ARGV term, token, lock's time in ms
	//	→ "" done, "busy" somebody is at it, else the highest term
	scriptFence = `
local highest = redis.call('GET', KEYS[1])
if highest and highest > ARGV[1] then return highest end
redis.call('SET', KEYS[1], ARGV[1])
if redis.call('SET', KEYS[2], ARGV[2], 'NX', 'PX', ARGV[3]) then return '' end
return 'busy'`

	// scriptUnlock gives a lock back that still is the caller's.
	//	KEYS lock  ARGV token
	scriptUnlock = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 0`
)
