/**
 * What happens in Redis at once, in Lua: nothing else comes between the comparison of a record and
 * its being kept and told. A record is kept as `generation revision node join|JSON`, so that Redis
 * never reads the JSON.
 */

/** Whether (g, r, n) is newer than a kept head; see record.ts. Node names are compared by bytes. */
const NEWER = `
local function after(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x > y end
  end
  return #a > #b
end
local function newer(g, r, n, head)
  local og, orv, on = string.match(head, '^(%d+) (%d+) (%S*)')
  if not og then return true end
  g, r, og, orv = tonumber(g), tonumber(r), tonumber(og), tonumber(orv)
  if g ~= og then return g > og end
  if r ~= orv then return r > orv end
  return after(n, on)
end
`;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

/**
 * KEYS: members, meta, nodes. ARGV: self, beginning of the message, prefix of gone, ttl, ms of gone,
 * prefix of channels; then for each record: id, generation, revision, node, join, left, JSON to keep,
 * JSON to tell. Returns the version, then id, generation, revision, node and left of each refused.
 */
export const PUT = `${NEWER}
local taken, answer = {}, {0}
local last = tonumber(redis.call('HGET', KEYS[2], 'last') or '0')
for i = 7, #ARGV, 8 do
  local id, g, r, n, join, left = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  local head = redis.call('HGET', KEYS[1], id)
  local kept = head
  if not head then head = redis.call('GET', ARGV[3] .. id) end
  if head and not newer(g, r, n, head) then
    local og, orv, on = string.match(head, '^(%d+) (%d+) (%S*)')
    for _, each in ipairs({id, og, orv, on, kept and '0' or '1'}) do answer[#answer + 1] = each end
  else
    taken[#taken + 1] = ARGV[i + 7]
    if left == '1' then
      redis.call('HDEL', KEYS[1], id)
      redis.call('SET', ARGV[3] .. id, g .. ' ' .. r .. ' ' .. n, 'PX', ARGV[5])
    else
      redis.call('HSET', KEYS[1], id, g .. ' ' .. r .. ' ' .. n .. ' ' .. join .. '|' .. ARGV[i + 6])
      if not kept then redis.call('DEL', ARGV[3] .. id) end
      last = math.max(last, tonumber(join))
    end
  end
end
if #taken == 0 then
  answer[1] = redis.call('HGET', KEYS[2], 'version') or '0'
  return answer
end
local version = redis.call('HINCRBY', KEYS[2], 'version', 1)
redis.call('HSET', KEYS[2], 'last', string.format('%.0f', last))
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[4]) end
local message = ARGV[2] .. version .. ',"records":[' .. table.concat(taken, ',') .. ']}'
for _, node in ipairs(redis.call('SMEMBERS', KEYS[3])) do
  if node ~= ARGV[1] and redis.call('PUBLISH', ARGV[6] .. node, message) == 0 then
    redis.call('SREM', KEYS[3], node)
  end
end
answer[1] = version
return answer
`;

/** KEYS: members, meta, nodes. ARGV: self or nothing, ttl. Returns version, then the kept records. */
export const READ = `
if ARGV[1] ~= '' then
  redis.call('SADD', KEYS[3], ARGV[1])
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ARGV[2]) end
end
local answer = redis.call('HVALS', KEYS[1])
table.insert(answer, 1, redis.call('HGET', KEYS[2], 'version') or '0')
return answer
`;

/**
 * KEYS: members, meta, joins. ARGV: earliest, count, ms that one is kept, number of hues. Returns join
 * numbers: join-number.ts says how they are chosen.
 */
export const RESERVE = `${NOW}
local hues = tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
local present, count = {}, 0
local function add(join)
  if not present[join] then
    present[join] = true
    count = count + 1
  end
end
if redis.call('HLEN', KEYS[1]) + redis.call('ZCARD', KEYS[3]) < 2 * hues then
  for _, value in ipairs(redis.call('HVALS', KEYS[1])) do
    add(tonumber(string.match(value, '^%d+ %d+ %S* (%d+)|') or '0'))
  end
  for _, join in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do add(tonumber(join)) end
else
  count = hues
end
local last = tonumber(redis.call('HGET', KEYS[2], 'last') or '0')
local function nearest(join)
  local least = hues
  for other in pairs(present) do
    local apart = math.abs(join - other) % hues
    least = math.min(least, apart, hues - apart)
  end
  return least
end
local answer = {}
for i = 1, tonumber(ARGV[2]) do
  local best = math.max(last + 1, tonumber(ARGV[1]))
  if count < hues then
    local space = nearest(best)
    for join = best + 1, best + hues - 1 do
      local other = nearest(join)
      if other > space then best, space = join, other end
    end
  end
  last = math.max(last, best)
  add(best)
  local text = string.format('%.0f', best)
  redis.call('ZADD', KEYS[3], now + ARGV[3], text)
  answer[i] = text
end
redis.call('HSET', KEYS[2], 'last', string.format('%.0f', last))
redis.call('PEXPIRE', KEYS[2], ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
return answer
`;

/** KEYS: members, meta and nodes of each room. ARGV: ttl. Returns the versions. */
export const VERSIONS = `
local answer = {}
for i = 1, #KEYS, 3 do
  answer[#answer + 1] = redis.call('HGET', KEYS[i + 1], 'version') or '0'
  for j = 0, 2 do redis.call('PEXPIRE', KEYS[i + j], ARGV[1]) end
end
return answer
`;

/**
 * KEYS: nodes. ARGV: self, ms of a lease, ms for which an ended one is kept. Returns whether there was
 * one, then node and what is left in ms of each.
 */
export const RENEW = `${NOW}
local before = redis.call('ZSCORE', KEYS[1], ARGV[1])
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[3])
local answer = {before and tonumber(before) > now and '1' or '0'}
local all = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  answer[#answer + 1] = all[i]
  answer[#answer + 1] = string.format('%.0f', tonumber(all[i + 1]) - now)
end
return answer
`;

/**
 * KEYS: where it is kept. ARGV: version, ttl, text or nothing. Returns version and text of the newest.
 */
export const EXCHANGE = `
local version = redis.call('HGET', KEYS[1], 'version')
if not version or tonumber(version) < tonumber(ARGV[1]) then
  if #ARGV < 3 then return {} end
  redis.call('HSET', KEYS[1], 'version', ARGV[1], 'text', ARGV[3])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('HMGET', KEYS[1], 'version', 'text')
`;
