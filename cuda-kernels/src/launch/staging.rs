//! Copies from the host that nobody waits for.
//!
//! From ordinary memory, which the system may move, the driver copies in one of two ways, by its version ("API synchronization behavior"
//! in its manual): by a thread of its own, so that the memory has to stay; or after it has waited for all work before. From
//! page-locked memory it copies when the device gets there, and nobody waits. So elements go to such memory first, which is used
//! again when an event tells that the device has read it.

use std::collections::VecDeque;

use cust::event::{Event, EventFlags, EventStatus};
use cust::stream::Stream;

use super::error::Error;
use super::pool::{Pool, rounded};
use super::raw;
use crate::signature::Scalar;

/// The most page-locked memory, of which the system has less for others. Whoever copies more at once, or faster than the device
/// reads, waits.
const MOST: usize = 64 << 20;

#[derive(Default)]
pub(super) struct Staging {
    blocks: Pool<Block>,
    /// Those that the device has yet to read, and their sizes, in the order in which it will.
    unread: VecDeque<(Block, usize)>,
}

struct Block {
    memory: raw::Pinned,
    /// When it was read.
    read: Event,
}

impl Staging {
    /// Lets the device copy these elements to its memory, after all that it was asked for before.
    pub(super) fn write<T: Scalar>(
        &mut self,
        to: &mut raw::Memory,
        x: &[T],
        stream: &Stream,
    ) -> Result<(), Error> {
        let size = rounded(size_of_val(x));
        let Some(mut block) = self.block(size)? else { return to.write(x, stream) };
        block.memory.fill(x);
        let asked = to
            .write_pinned(&block.memory, size_of_val(x), stream)
            .and_then(|()| block.read.record(stream).map_err(|_| raw::failure("cuEventRecord")));
        if let Err(error) = asked {
            // (Nothing tells when the block is read, but the end of all work.)
            let _ = raw::synchronize(stream);
            self.blocks.give_back(block, size);
            return Err(error);
        }
        self.unread.push_back((block, size));
        Ok(())
    }

    /// Page-locked memory of this size that nobody reads, unless there is none.
    fn block(&mut self, size: usize) -> Result<Option<Block>, Error> {
        if size > MOST {
            return Ok(None);
        }
        while let Some((block, _)) = self.unread.front() {
            if self.blocks.in_use + size > MOST {
                block.read.synchronize().map_err(|_| raw::failure("cuEventSynchronize"))?;
            } else if block.read.query().map_err(|_| raw::failure("cuEventQuery"))?
                == EventStatus::NotReady
            {
                break;
            }
            self.next_is_read();
        }
        if let Some(block) = self.blocks.take(size) {
            return Ok(Some(block));
        }
        if self.blocks.in_use + self.blocks.cached + size > MOST {
            self.free()?;
        }
        let Some(memory) = raw::Pinned::new(size)? else { return Ok(None) };
        match Event::new(EventFlags::DISABLE_TIMING) {
            Ok(read) => {
                self.blocks.lent(size);
                Ok(Some(Block { memory, read }))
            }
            Err(_) => {
                let error = raw::failure("cuEventCreate");
                memory.free()?;
                Err(error)
            }
        }
    }

    fn next_is_read(&mut self) {
        if let Some((block, size)) = self.unread.pop_front() {
            self.blocks.give_back(block, size);
        }
    }

    fn free(&mut self) -> Result<(), Error> {
        self.blocks.release().into_iter().try_for_each(|block| block.memory.free())
    }

    /// Gives all memory back. The device has to be done with all that it was asked for.
    pub(super) fn release(&mut self) -> Result<(), Error> {
        while !self.unread.is_empty() {
            self.next_is_read();
        }
        self.free()
    }
}
