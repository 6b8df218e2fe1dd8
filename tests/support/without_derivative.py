"""The public functions, methods, modules and classes that have no derivative to check, by the reason.

A name stands for the function of the package, the method and the in-place form, as in `public_samples`.
"""

from __future__ import annotations

REASONS: dict[str, str] = {
    "its results are bools": """
        all allclose any eq equal ge greater greater_equal gt isclose isfinite isin isinf isnan isneginf isposinf isreal
        le less less_equal logical_and logical_not logical_or logical_xor lt ne not_equal signbit is_nonzero is_tensor
        is_same_size Tensor.is_set_to Tensor.is_shared Tensor.is_pinned Tensor.is_sparse Tensor.is_quantized Tensor.is_meta
        Tensor.is_mps Tensor.is_xpu Tensor.is_nested Tensor.is_mkldnn is_complex is_floating_point is_signed is_grad_enabled is_inference_mode_enabled can_cast is_inference
        is_anomaly_check_nan_enabled is_anomaly_enabled is_conj is_neg
        Tensor.is_contiguous Tensor.is_cpu Tensor.is_cuda Tensor.is_leaf Tensor.is_same_size Tensor.__contains__
        Tensor.__bool__
    """,
    "its results are whole numbers": """
        unravel_index argmax argmin argsort argwhere bincount bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift
        bitwise_xor gcd lcm bucketize count_nonzero nonzero numel searchsorted tril_indices triu_indices multinomial randint
        randint_like randperm linalg.matrix_rank F.one_hot Tensor.bool Tensor.byte Tensor.char Tensor.short Tensor.int Tensor.long
        Tensor.__and__ Tensor.__iand__ Tensor.__rand__ Tensor.__or__ Tensor.__ior__ Tensor.__ror__ Tensor.__xor__
        Tensor.__ixor__ Tensor.__rxor__ Tensor.__invert__ Tensor.__lshift__ Tensor.__ilshift__ Tensor.__rlshift__
        Tensor.__rshift__ Tensor.__irshift__ Tensor.__rrshift__ Tensor.__len__ Tensor.__index__ Tensor.__int__
    """,
    "histogram and set: a constant, as in PyTorch": "histc histogram histogramdd unique unique_consecutive",
    "of real numbers it is the Tensor itself, or an error": "conj conj_physical imag real resolve_conj resolve_neg",
    "it makes a new Tensor": """
        bartlett_window blackman_window hamming_window hann_window kaiser_window Tensor.new
        range scalar_tensor empty_strided empty_permuted Tensor.new_empty_strided arange empty empty_like eye frombuffer from_dlpack from_numpy full full_like linspace logspace ones ones_like
        rand rand_like randn randn_like tensor zeros zeros_like Tensor.new_empty Tensor.new_full Tensor.new_ones
        Tensor.new_tensor Tensor.new_zeros BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor
        LongTensor ShortTensor
    """,
    "it draws vectors; tests/parity/test_linalg.py compares gradients": "svd_lowrank pca_lowrank",
    "its result is drawn, and the gradient is 0, as in PyTorch": """
        bernoulli binomial normal poisson Tensor.bernoulli_ Tensor.exponential_ Tensor.geometric_ Tensor.log_normal_ Tensor.cauchy_ Tensor.normal_ Tensor.random_ Tensor.uniform_
    """,
    "it rounds to float32 or float16, which no difference sees; the primitive `cast` is checked on exact numbers": """
        Tensor.float Tensor.half
    """,
    "its argument counts as symmetric, as in PyTorch, which a change of one element does not see; the primitives are drawn": """
        cholesky linalg.cholesky linalg.cholesky_ex linalg.eigh linalg.eigvalsh
    """,
    "it leaves the graph": """
        detach detach_ Tensor.apply_ Tensor.map_ Tensor.resize_ Tensor.resize_as_ resize_as_ Tensor.set_ Tensor.storage
        Tensor.untyped_storage Tensor.cuda Tensor.pin_memory Tensor.share_memory_ Tensor.data Tensor.detach Tensor.detach_ Tensor.item Tensor.numpy Tensor.tolist Tensor.__float__ Tensor.__array__
        Tensor.__dlpack__ Tensor.__dlpack_device__ Tensor.data_ptr
    """,
    "it says what a Tensor or a dtype is": """
        broadcast_shapes promote_types result_type get_default_dtype Tensor.device Tensor.dim Tensor.dtype
        Tensor.element_size Tensor.dim_order Tensor.get_device Tensor.itemsize Tensor.nbytes Tensor.ndim Tensor.ndimension Tensor.nelement
        Tensor.layout Tensor.output_nr Tensor.shape Tensor.size Tensor.storage_offset Tensor.stride
    """,
    "it belongs to the engine, which every derivative here goes through": """
        compile vmap Tensor.backward Tensor.grad Tensor.grad_fn Tensor.register_hook
        Tensor.register_post_accumulate_grad_hook Tensor.requires_grad
        Tensor.requires_grad_ Tensor.retain_grad Tensor.retains_grad Tensor.__primitive__
    """,
    "it is a setting, or the state of a generator": """
        are_deterministic_algorithms_enabled get_default_device get_deterministic_debug_mode get_float32_matmul_precision
        is_autocast_enabled is_deterministic_algorithms_warn_only_enabled is_warn_always_enabled set_default_device
        set_default_tensor_type set_deterministic_debug_mode set_float32_matmul_precision set_flush_denormal
        set_warn_always typename use_deterministic_algorithms get_rng_state initial_seed manual_seed seed set_rng_state set_default_dtype set_printoptions show_config get_num_threads set_num_threads
        get_num_interop_threads set_num_interop_threads
        install_as_torch
    """,
    "PyTorch has no derivative by the first argument either; the functions are checked by the second": """
        Tensor.igamma Tensor.igamma_ Tensor.igammac Tensor.igammac_
    """,
    "it reads or writes a file": "load load_checkpoint load_weights save save_checkpoint",
    "it makes a module": "from_torch to_torch utils.skip_init",
    "it belongs to sparse Tensors, whose derivatives tests/sparse checks": """
        dsmm sparse_coo_tensor spmm Tensor.to_dense Tensor.to_sparse Tensor.to_sparse_coo
    """,
    "it calls its function, which is drawn": "nn.CTCLoss",
    "it calls a function of nn.functional, or a layer, which is drawn; tests/parity/test_native.py compares gradients": """
        dropout alpha_dropout batch_norm instance_norm embedding max_pool1d_with_indices adaptive_max_pool1d
        constant_pad_nd binary_cross_entropy_with_logits cosine_embedding_loss ctc_loss hinge_embedding_loss
        kl_div margin_ranking_loss poisson_nll_loss triplet_margin_loss grid_sampler affine_grid_generator gru
        gru_cell lstm lstm_cell rnn_relu rnn_relu_cell rnn_tanh rnn_tanh_cell
    """,
    "it belongs to Python's or NumPy's protocols": """
        Tensor.__annotations__ Tensor.__array_function__ Tensor.__array_ufunc__ Tensor.__deepcopy__ Tensor.__dict__ Tensor.__module__
        Tensor.__slots__ Tensor.__weakref__
    """,
    "it changes gradients or parameters, outside the graph": """
        utils.clip_grad_norm utils.clip_grad_norm_ utils.clip_grad_value_ utils.clip_grads_with_norm_ utils.get_total_norm
        utils.vector_to_parameters utils.fuse_conv_bn_eval utils.fuse_conv_bn_weights
        utils.fuse_linear_bn_eval utils.fuse_linear_bn_weights utils.remove_weight_norm utils.remove_spectral_norm
    """,
    "it holds modules or parameters, or is the base of other modules": """
        nn.DataParallel nn.Buffer nn.Module nn.ModuleDict nn.ModuleList nn.Parameter nn.ParameterDict nn.ParameterList nn.Sequential
        nn.RNNBase nn.RNNCellBase
    """,
    "it becomes another module when it is called, whose derivative is checked": """
        nn.LazyBatchNorm1d nn.LazyBatchNorm2d nn.LazyBatchNorm3d nn.LazyConv1d nn.LazyConv2d nn.LazyConv3d
        nn.LazyConvTranspose1d nn.LazyConvTranspose2d nn.LazyConvTranspose3d nn.LazyInstanceNorm1d nn.LazyInstanceNorm2d
        nn.LazyInstanceNorm3d nn.LazyLinear nn.UninitializedBuffer nn.UninitializedParameter
    """,
}
WITHOUT = {name: reason for reason, names in REASONS.items() for name in names.split()}
