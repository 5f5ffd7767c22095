package main

import "github.com/waygate-go/waygate/internal/bench/target"

// Figures that aren't of a comparison's times.
const (
	figureAllocs     = caseGet + ".allocs.waygate-nethttp"
	figureThroughput = caseGet200 + ".throughput.waygate/nethttp"
	figureRegistered = "registered10k.bytes"
	figureLookup     = caseLookup + "." + nameMany + "/" + nameFew
)

// targets are what Waygate is meant to cost.
func targets() []target.Target {
	return []target.Target{
		{Figure: caseGet + ".waygate/nethttp", Says: "GET of 1 KB: time, × net/http's with json.Unmarshal", Bound: 1.15},
		{Figure: caseGet + ".waygate/failsafe", Says: "the same, × failsafe-go's", Bound: 1},
		{Figure: figureAllocs, Says: "the same: allocations above net/http's", Bound: 40},
		{Figure: caseOrder1 + ".waygate-kaptinlin/hand-kaptinlin", Says: "order of 1 KB, whole way: time, × that of the same chain by hand", Bound: 1.15},
		{Figure: caseOrder1 + ".waygate-santhosh/hand-santhosh", Says: "the same with the second engine", Bound: 1.15},
		{Figure: caseOrder50 + ".waygate-kaptinlin/hand-kaptinlin", Says: "order of 50 KB, whole way: time, × that of the same chain by hand", Bound: 1.15},
		{Figure: caseOrder50 + ".waygate-santhosh/hand-santhosh", Says: "the same with the second engine", Bound: 1.15},
		{Figure: figureThroughput, Says: "200 goroutines over 100 connections: calls a second, × net/http's", Bound: 0.9, AtLeast: true},
		{Figure: figureRegistered, Says: "10,000 actions registered: bytes of memory for each before its first use", Bound: 8 << 10},
		{Figure: figureLookup, Says: "calls of 100 of 10,000 actions: time, × those of 100 of 100", Bound: 1.1},
	}
}

// gaps are the targets that are known not to be met. One that is met again is deleted here.
func gaps() []target.Gap {
	return nil
}
