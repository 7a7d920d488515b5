# Ends with 0 where an address answers 200. It asks again for half a minute: a network takes a moment until it knows a new
# pod, and a busy node may take one out of its Service.
import sys, time, urllib.request

for attempt in range(30):
    try:
        sys.exit(urllib.request.urlopen(sys.argv[1], timeout=10).status != 200)
    except OSError as error:
        print(error, file=sys.stderr)
        time.sleep(1)
sys.exit(1)
