module gate.example/internal/bench

go 1.26
