-- Sends what stands in a directory and compares every answer: `body`, and `answer` or, where every request is another
-- one, `pattern`. The first wrong answer goes into `wrong` and ends the run.
local directory, answer, pattern, before, between, after
local sent, count = {}, 0

local function read(name)
  local file = io.open(directory .. "/" .. name, "rb")
  local text = file and file:read("*a")
  if file then file:close() end
  return text
end

function init(args)
  directory = args[1]
  local body = read("body")
  answer, pattern = read("answer"), read("pattern")
  wrk.method = "POST"
  if answer then
    wrk.body = body
    return
  end
  local prefix = args[2]
  before, between, after = body:match("^(.*)@name@(.*)@rank@(.*)$")
  request = function()
    count = count + 1
    local name, rank = prefix .. count, tostring(count % 100)
    sent[name] = rank
    return wrk.format(nil, nil, nil, before .. name .. between .. rank .. after)
  end
end

local function isRight(body)
  if answer then return body == answer end
  local name, rank, createdOn, lastUpdatedOn = body:match(pattern)
  if not name or sent[name] ~= rank or createdOn ~= lastUpdatedOn then return false end
  sent[name] = nil
  return true
end

function response(status, _headers, body)
  if status == 200 and isRight(body) then return end
  local file = io.open(directory .. "/wrong", "wb")
  file:write("HTTP ", status, "\n", body)
  file:close()
  wrk.thread:stop()
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nFIGURES {"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"p999":%.3f,"failed":%d}\n',
    summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency:percentile(99.9) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout
  ))
end
