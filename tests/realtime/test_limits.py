"""Token buckets."""

import pytest

from realtime.limits import Bucket, Limits


def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    now = 0.0
    bucket = Bucket(20, 120, lambda: now)
    assert [bucket.take() for _ in range(120)] == [0.0] * 120
    assert bucket.take() == pytest.approx(0.05)
    now = 0.05
    assert bucket.take() == 0
    assert bucket.take() > 0
    now = 1000.0
    assert [bucket.take() for _ in range(120)] == [0.0] * 120
    assert bucket.take() > 0


def test_resumes_have_their_own() -> None:
    limits = Limits()
    assert not any(limits.take("resume") for _ in range(20))
    assert limits.take("resume") > 0
    assert limits.take("do") == 0
