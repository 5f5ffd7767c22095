package redis

import goredis "github.com/redis/go-redis/v9"

// What the fuzz targets read.
var (
	ReadTaken    = readTaken
	ReadForced   = readForced
	CircuitField = circuitField
)

// What the tests of scripts run by themselves.
func Beat() *goredis.Script    { return newScripts().beat }
func Forced() *goredis.Script  { return newScripts().force }
func Restore() *goredis.Script { return newScripts().restore }
