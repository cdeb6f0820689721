-- Reports of progress on many projects, each connection's one after the other; every body differs.
local ids, counter, headers = {}, 0, {}

function init(args)
  for id in string.gmatch(args[1], "[^,]+") do ids[#ids + 1] = id end
  headers["content-type"] = "application/json"
  headers["authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
  math.randomseed(tonumber(args[2]))
  counter = math.random(1, 1000000)
end

function request()
  counter = counter + 1
  local id = ids[counter % #ids + 1]
  local body = string.format(
    '{"as_of":"%s","percent_complete":%d,"note":"Report %d: the data are moved, the interfaces are tested with the old system, and the business has seen the first payslips of its test month."}',
    os.getenv("BENCH_DAY"), counter % 100, counter)
  return wrk.format("POST", "/projects/" .. id .. "/report-progress", headers, body)
end

local pause = tonumber(os.getenv("BENCH_PAUSE") or "0")
if pause > 0 then
  function delay() return math.random(0, math.floor(2 * pause)) end
end

bad = 0
function response(status) if status ~= 200 then bad = bad + 1 end end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end
function done(summary)
  local failed = 0
  for _, thread in ipairs(threads) do failed = failed + (thread:get("bad") or 0) end
  io.write(string.format("RESULT %d %d %d\n", summary.requests, summary.duration, failed))
end
