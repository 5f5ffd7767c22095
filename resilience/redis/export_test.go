package redis

// What the fuzz targets read.
var (
	ReadTaken    = readTaken
	ReadForced   = readForced
	CircuitField = circuitField
)
